complete -c tt-push -l storage-class -d 'Storage class, such as STANDARD_IA or INTELLIGENT_TIERING; a record\'s own wins, as with all of these [default: the bucket\'s, mostly STANDARD]' -r
complete -c tt-push -l metadata -d 'User metadata. May be repeated; a record\'s own wins, name by name [default: none]' -r
complete -c tt-push -l tag -d 'Object tag. May be repeated, up to ten; a record\'s own wins, name by name [default: none]' -r
complete -c tt-push -l content-type -d 'Content-Type of all objects [default: what the name suggests]' -r
complete -c tt-push -l content-encoding -d 'Content-Encoding, such as gzip: how the files are encoded already [default: none]' -r
complete -c tt-push -l content-disposition -d 'Content-Disposition, such as attachment [default: none]' -r
complete -c tt-push -l content-language -d 'Content-Language [default: none]' -r
complete -c tt-push -l cache-control -d 'Cache-Control, such as max-age=3600 [default: none]' -r
complete -c tt-push -l expires -d 'Expires: an HTTP date, or RFC 3339 such as 2030-12-31T00:00:00Z [default: none]' -r
complete -c tt-push -l website-redirect -d 'Where a website redirects the key to: another key, or a URL [default: nowhere]' -r
complete -c tt-push -l acl -d 'Canned ACL, such as bucket-owner-full-control; not with --grant [default: private, or what the bucket enforces]' -r
complete -c tt-push -l grant -d 'Permission for somebody: read, read-acp, write-acp or full-control, then id=ACCOUNT, uri=GROUP or emailAddress=ADDRESS. May be repeated [default: none]' -r
complete -c tt-push -l sse -d 'Encryption with keys that AWS keeps [default: the bucket\'s, mostly AES256]' -r -f -a "AES256\t''
aws:kms\t''
aws:kms:dsse\t''"
complete -c tt-push -l sse-kms-key-id -d 'Key of KMS, with --sse aws:kms or aws:kms:dsse [default: aws/s3]' -r
complete -c tt-push -l sse-kms-context -d 'Encryption context for KMS, with the same. May be repeated [default: none]' -r
complete -c tt-push -l object-lock-mode -d 'How objects are locked, with --object-lock-retain-until [default: as the bucket says]' -r -f -a "GOVERNANCE\t''
COMPLIANCE\t''"
complete -c tt-push -l object-lock-retain-until -d 'Until when they are locked: RFC 3339, such as 2030-12-31T00:00:00Z [default: as the bucket says]' -r
complete -c tt-push -l object-lock-legal-hold -d 'Whether they are locked until somebody lifts that [default: no, or as the bucket says]' -r -f -a "ON\t''
OFF\t''"
complete -c tt-push -l concurrency -d 'How many requests are under way at the same time [default: finds itself, up to 256: it grows while that makes things faster, and shrinks when S3 asks to slow down or gets slow]' -r
complete -c tt-push -l memory -d 'Memory for the bytes that are on their way, from 16MiB: it bounds how many requests are under way, too. Parts of more than an eighth of it are not held in memory, but read twice' -r
complete -c tt-push -l part-size -d 'Size of the parts of large files, from 5MiB to 5GiB; grows by itself where 10,000 parts would not suffice' -r
complete -c tt-push -l bandwidth -d 'How much is sent per second, all files together: a rate such as 100MB/s, or a timetable in local time such as "08:00,20MB/s 18:00,off Sat-08:00,off", where an entry holds until the next one [default: as much as goes]' -r
complete -c tt-push -l checksum -d 'The checksum that S3 checks each object against and keeps; with SHA256, the hash over all bytes of an object in parts is kept as the metadata sha256; none is for services that know none of them' -r -f -a "CRC64NVME\t''
CRC32C\t''
CRC32\t''
SHA512\t''
SHA256\t''
SHA1\t''
MD5\t''
XXHASH3\t''
XXHASH64\t''
XXHASH128\t''
none\t''"
complete -c tt-push -l root -d 'Refuse files that do not lie in this directory, or that a link leads out of it, whatever the plan says: for plans that come from somebody else [default: any file that can be read]' -r -f -a "(__fish_complete_directories)"
complete -c tt-push -l only -d 'Refuse to write and to delete objects that are not below this URL, whatever the plan says; may be given more than once [default: any object that the credentials allow]' -r
complete -c tt-push -l older-than -d 'Only those that were begun so long ago, such as 1d or 12h [default: all]' -r
complete -c tt-push -l progress -d 'How it is told on stderr how far the work is. What is for machines is told in spite of --quiet' -r -f -a "auto\t'A line on a terminal; in a log a line every ten seconds, or every two percent'
json\t'One JSON object a line, every second and at the end'
none\t'Not at all'"
complete -c tt-push -l endpoint-url -d 'An S3-compatible service instead of AWS [default: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, the profile\'s, or AWS]' -r
complete -c tt-push -l region -d 'Region of the bucket [default: AWS_REGION, AWS_DEFAULT_REGION, the profile\'s, or us-east-1]' -r
complete -c tt-push -l profile -d 'Profile in ~/.aws/config and ~/.aws/credentials [default: AWS_PROFILE, or what the environment provides]' -r
complete -c tt-push -l ca-bundle -d 'PEM file of certificate authorities to trust besides the platform\'s [default: AWS_CA_BUNDLE]' -r -F
complete -c tt-push -l addressing-style -d 'How a request names the bucket: in the path, or in the host name; auto is path for a service of one\'s own and virtual for AWS' -r -f -a "auto\t''
path\t''
virtual\t''"
complete -c tt-push -l expected-bucket-owner -d 'The account, 12 digits, that must own the bucket; otherwise S3 answers AccessDenied to everything [default: any account]' -r
complete -c tt-push -l sse-c-key -d 'File with a key of one\'s own for the encryption of objects (SSE-C): 32 bytes, or their base64. Reading them, as tt-verify does, needs the same key [default: S3 keeps the keys]' -r -F
complete -c tt-push -l retries -d 'How often a request is tried again, at growing distances: the usual number is about a minute of trying' -r
complete -c tt-push -l timeout -d 'How long nothing may move on a connection before it is given up, and the request tried again' -r
complete -c tt-push -l latencies -d 'Write how long requests took, a histogram for each S3 operation, in the log format of HdrHistogram; put in place at the end [default: none]' -r -F
complete -c tt-push -l preserve -d 'Keep owner, group, permissions and times of the files as metadata, in the forms that rclone, s3fs and AWS DataSync read [default: only what --metadata and the record say]'
complete -c tt-push -l no-guess-mime-type -d 'Don\'t guess a Content-Type from the name: S3 then says binary/octet-stream [default: guess]'
complete -c tt-push -l bucket-key -d 'Use the bucket\'s key, which saves calls of KMS, with --sse aws:kms [default: as the bucket says]'
complete -c tt-push -l if-unchanged -d 'Write an object only if what the plan saw at its key is still there: nothing, or an object with the same ETag [default: whatever is there is replaced]'
complete -c tt-push -l no-resume -d 'Begin all uploads anew, and leave none behind that could be gone on with [default: parts that S3 holds from a run that was interrupted are kept where their checksums match the file]'
complete -c tt-push -l delete-without-etag -d 'Also carry out delete records without an ETag, which delete whatever object is there [default: they fail]'
complete -c tt-push -l read-twice -d 'Read each file twice, and upload it only if both times gave the same bytes: for files that other programs write through a mapping into memory (mmap), whose times do not tell every change'
complete -c tt-push -l ignore-inode -d 'Take a file as unchanged while its size and modification time stay, whatever its inode number and change time: for file systems that keep neither'
complete -c tt-push -l dry-run -d 'Read the plan and the files\' properties, but upload nothing: the plan passes on as it is [default: upload]'
complete -c tt-push -l ignore-errors -d 'Delete objects although something was not uploaded or could not be planned [default: deletions wait for all uploads, and one that fails stops them]'
complete -c tt-push -l partial-input -d 'The input is a piece of a stream: no begin, end, record or part of a plan that is missing is an error [default: it must be whole]'
complete -c tt-push -l require-all -d 'Exit with 65 if put, keep or delete records that were announced did not arrive, or if more records arrived than were announced [default: a warning, since a filter may drop them on purpose]'
complete -c tt-push -l abort-uploads -d 'Instead of uploading, list the multipart uploads below s3://bucket/prefix/ that were begun, by anyone, and neither completed nor aborted: they cost as long as they are there [default: upload]'
complete -c tt-push -l yes -d 'Abort them: what S3 holds of them is gone then [default: only list them]'
complete -c tt-push -l json -d 'Write records even on a terminal [default: on a terminal, a summary for people]'
complete -c tt-push -s q -l quiet -d 'Say nothing on stderr but errors: no progress, no notes'
complete -c tt-push -s v -l verbose -d 'Say more on stderr: what was found, what is tried again and why [default: errors, warnings and progress]'
complete -c tt-push -l no-sign-request -d 'Send requests without signing them, for buckets that are open to all [default: sign]'
complete -c tt-push -l no-verify-ssl -d 'Believe any certificate: whoever sits between may then read and change everything [default: verify]'
complete -c tt-push -l request-payer -d 'Pay for the requests oneself, in a bucket whose owner does not [default: the owner pays]'
complete -c tt-push -s h -l help -d 'Print help: a summary with -h, all of it with --help'
complete -c tt-push -s V -l version -d 'Print the version'
