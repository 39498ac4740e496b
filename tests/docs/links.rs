//! Links within the repository lead to files and headings that are there.

use std::path::{Component, Path, PathBuf};

use crate::page::Page;

/// Follows every link of every page that leads within the repository.
pub(crate) fn check(root: &Path, pages: &[Page]) -> Result<(), String> {
    let all = pages.iter().flat_map(|page| page.links.iter().map(move |link| (page, link)));
    let inner = all.filter(|(_, link)| !["https:", "http:", "mailto:"].iter().any(|s| link.starts_with(s)));
    let dead: Vec<_> = inner
        .filter(|(page, link)| !leads_somewhere(root, pages, page, link))
        .map(|(page, link)| format!("{}: {link}", page.path.display()))
        .collect();
    if dead.is_empty() { Ok(()) } else { Err(format!("dead links:\n{}", dead.join("\n"))) }
}

fn leads_somewhere(root: &Path, pages: &[Page], from: &Page, link: &str) -> bool {
    let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
    let target = match path {
        "" => from.path.clone(),
        path => plain(&from.path.parent().unwrap_or(Path::new("")).join(path)),
    };
    match anchor {
        None => root.join(&target).exists(),
        Some(anchor) => pages.iter().any(|page| page.path == target && page.anchors.contains(anchor)),
    }
}

/// Without `..`, so that it can be compared.
fn plain(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut plain, component| {
        match component {
            Component::ParentDir => drop(plain.pop()),
            other => plain.push(other),
        }
        plain
    })
}
