complete -c tt-plan -l exclude -d 'Leave out what matches this glob: \'*.tmp\' anywhere, \'/bin/\' only at the top of SRC, \'**\' across directories. Of all --exclude, --include and --filter-from, the last that matches counts [default: nothing is left out]' -r
complete -c tt-plan -l include -d 'Take what matches this glob after all: after --exclude \'*\', only that [default: everything is taken]' -r
complete -c tt-plan -l filter-from -d 'Read such rules from a file, as if they stood here: lines of \'- GLOB\' to leave out, \'+ GLOB\' to take, \'#\' before a comment; - is stdin. May be repeated [default: none]' -r -F
complete -c tt-plan -l files-from -d 'Take only the files that are named in a list, one a line, relative to SRC; - is stdin [default: all of SRC]' -r -F
complete -c tt-plan -l min-size -d 'Take only files of this size or more, such as 1MB or 4KiB [default: any]' -r
complete -c tt-plan -l max-size -d 'Take only files of this size or less [default: any]' -r
complete -c tt-plan -l newer-than -d 'Take only files that were modified within an age, such as 2d or 30m, or from a time on, such as 2026-11-01 (by the local clock) or 2026-11-01T12:00:00Z [default: whenever]' -r
complete -c tt-plan -l older-than -d 'Take only files that were modified longer ago, or before: those that --newer-than leaves out [default: whenever]' -r
complete -c tt-plan -l max-depth -d 'Go down so many levels: 1 takes only what lies in SRC itself [default: all levels]' -r
complete -c tt-plan -l hidden -d 'What to do with names that begin with a dot, and all below them; other rules may take them after all' -r -f -a "take\t'Take them like others'
skip\t'Leave them out, as --exclude \'.*\' before all other rules does'"
complete -c tt-plan -l symlinks -d 'What to do with symbolic links' -r -f -a "follow\t'Upload what they lead to'
skip\t'Leave them alone, with a skip record each'
error\t'Report each as a failure'"
complete -c tt-plan -l rules -d 'Give objects the properties that a TOML file says of their names: rules of match = GLOB and of storage_class, cache_control, metadata, tags and so on, as in put records [default: what the flags of tt-push say]' -r -F
complete -c tt-plan -l check-concurrency -d 'How many objects are asked about at once, with --checksum, --mtime-metadata or --compare-properties' -r
complete -c tt-plan -l max-delete -d 'Delete nothing at all if more than so many objects, or so many percent of those at DEST, would be deleted' -r
complete -c tt-plan -l list-concurrency -d 'How many pages of a large bucket\'s listing are asked for at once. A small one takes one request' -r
complete -c tt-plan -l memory -d 'How much memory the names of large directories and the pages read ahead may take; at least 1KiB' -r
complete -c tt-plan -l tmp-dir -d 'Where names wait that don\'t fit into the memory, and what may be written only once all is known [default: TMPDIR, or /tmp]' -r -f -a "(__fish_complete_directories)"
complete -c tt-plan -l split -d 'Write the plan as N plans of equal work, in bytes and requests, one for each of N machines; at most 10000 [default: one plan, on stdout]' -r
complete -c tt-plan -s o -l output -d 'The directory for these plans: plan-0.ndjson, plan-1.ndjson and so on. It is made if need be, and may hold no such files [default: none]' -r -f -a "(__fish_complete_directories)"
complete -c tt-plan -l progress -d 'How it is told on stderr how far the work is. What is for machines is told in spite of --quiet' -r -f -a "auto\t'A line on a terminal; in a log a line every ten seconds, or every two percent'
json\t'One JSON object a line, every second and at the end'
none\t'Not at all'"
complete -c tt-plan -l endpoint-url -d 'An S3-compatible service instead of AWS [default: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, the profile\'s, or AWS]' -r
complete -c tt-plan -l region -d 'Region of the bucket [default: AWS_REGION, AWS_DEFAULT_REGION, the profile\'s, or us-east-1]' -r
complete -c tt-plan -l profile -d 'Profile in ~/.aws/config and ~/.aws/credentials [default: AWS_PROFILE, or what the environment provides]' -r
complete -c tt-plan -l ca-bundle -d 'PEM file of certificate authorities to trust besides the platform\'s [default: AWS_CA_BUNDLE]' -r -F
complete -c tt-plan -l addressing-style -d 'How a request names the bucket: in the path, or in the host name; auto is path for a service of one\'s own and virtual for AWS' -r -f -a "auto\t''
path\t''
virtual\t''"
complete -c tt-plan -l expected-bucket-owner -d 'The account, 12 digits, that must own the bucket; otherwise S3 answers AccessDenied to everything [default: any account]' -r
complete -c tt-plan -l sse-c-key -d 'File with a key of one\'s own for the encryption of objects (SSE-C): 32 bytes, or their base64. Reading them, as tt-verify does, needs the same key [default: S3 keeps the keys]' -r -F
complete -c tt-plan -l retries -d 'How often a request is tried again, at growing distances: the usual number is about a minute of trying' -r
complete -c tt-plan -l timeout -d 'How long nothing may move on a connection before it is given up, and the request tried again' -r
complete -c tt-plan -l latencies -d 'Write how long requests took, a histogram for each S3 operation, in the log format of HdrHistogram; put in place at the end [default: none]' -r -F
complete -c tt-plan -l null -d 'In that list a NUL ends each name, as find -print0 writes it [default: the end of the line]'
complete -c tt-plan -l one-file-system -d 'Leave out directories where another filesystem is mounted [default: go into them]'
complete -c tt-plan -l size-only -d 'Compare sizes only, not times [default: sizes and times]'
complete -c tt-plan -l checksum -d 'Compare checksums where sizes are the same, whatever the times: each file is read, and S3 is asked for the checksum that it keeps. Nothing is downloaded. Where S3 keeps none that a file can be held against, times count [default: sizes and times]'
complete -c tt-plan -l mtime-metadata -d 'Compare the file\'s time with the one that tt-push --preserve, rclone or s3fs have left in the object\'s metadata: if it is another one, older or newer, the file is planned. Where there is none, with the object\'s own time [default: the object\'s own]'
complete -c tt-plan -l ignore-existing -d 'Plan nothing that would replace an object, whatever the file is [default: what differs is replaced]'
complete -c tt-plan -l force -d 'Plan every file, whatever its object is [default: what differs]'
complete -c tt-plan -l compare-properties -d 'Plan also what differs in content type, other content headers, storage class, metadata or tags from what --rules say and the name suggests: tt-push changes it in place. What --rules do not name is not compared, the flags of tt-push neither [default: what S3 keeps with an object is left alone]'
complete -c tt-plan -l all -d 'Write a keep record for what is up to date, so that tt-verify can prove that too [default: only changes]'
complete -c tt-plan -l ignore-inode -d 'With --checksum: take a file as unchanged while its size and modification time stay, whatever its inode number and change time, for file systems that keep neither'
complete -c tt-plan -l delete -d 'Plan the deletion of objects below DEST that SRC lacks: never of what is left out by other flags, nor of what could not be looked at [default: nothing is deleted]'
complete -c tt-plan -l delete-excluded -d 'Also of what the flags leave out, wherever it is [default: what is left out is left alone at both ends]'
complete -c tt-plan -l allow-empty-source -d 'Also where SRC holds no file at all, as an empty mount point does [default: then nothing is deleted]'
complete -c tt-plan -l json -d 'Write records even on a terminal [default: on a terminal, a plan for people]'
complete -c tt-plan -s q -l quiet -d 'Say nothing on stderr but errors: no progress, no notes'
complete -c tt-plan -s v -l verbose -d 'Say more on stderr: what was found, what is tried again and why [default: errors, warnings and progress]'
complete -c tt-plan -l no-sign-request -d 'Send requests without signing them, for buckets that are open to all [default: sign]'
complete -c tt-plan -l no-verify-ssl -d 'Believe any certificate: whoever sits between may then read and change everything [default: verify]'
complete -c tt-plan -l request-payer -d 'Pay for the requests oneself, in a bucket whose owner does not [default: the owner pays]'
complete -c tt-plan -s h -l help -d 'Print help: a summary with -h, all of it with --help'
complete -c tt-plan -s V -l version -d 'Print the version'
