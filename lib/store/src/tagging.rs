//! GetObjectTagging: the tags of an object, of which HEAD tells no more than how many they are.

use std::collections::BTreeMap;

use tt_record::{Problem, S3Url};

use crate::{
    Store,
    failure::{Attempt, Failure},
};

impl Store {
    /// The tags of the object at `dst`.
    pub async fn tags(&self, dst: &S3Url) -> Result<BTreeMap<String, String>, Problem> {
        let attempt = Attempt { verb: "ask about the tags of", needs: "s3:GetObjectTagging", place: dst };
        let request = self.sdk.get_object_tagging().bucket(&dst.bucket).key(&dst.key);
        let send = || async { request.clone().send().await.map_err(|e| Failure::of(&e, attempt)) };
        let answer = self.retry.run(send).await.map_err(|failure| failure.problem)?;
        Ok(answer.tag_set.into_iter().map(|tag| (tag.key, tag.value)).collect())
    }
}
