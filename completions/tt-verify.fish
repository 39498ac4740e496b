complete -c tt-verify -l exclude -d 'Leave out what matches this glob: \'*.tmp\' anywhere, \'/bin/\' only at the top of SRC, \'**\' across directories. Of all --exclude, --include and --filter-from, the last that matches counts [default: nothing is left out]' -r
complete -c tt-verify -l include -d 'Take what matches this glob after all: after --exclude \'*\', only that [default: everything is taken]' -r
complete -c tt-verify -l filter-from -d 'Read such rules from a file, as if they stood here: lines of \'- GLOB\' to leave out, \'+ GLOB\' to take, \'#\' before a comment; - is stdin. May be repeated [default: none]' -r -F
complete -c tt-verify -l files-from -d 'Take only the files that are named in a list, one a line, relative to SRC; - is stdin [default: all of SRC]' -r -F
complete -c tt-verify -l min-size -d 'Take only files of this size or more, such as 1MB or 4KiB [default: any]' -r
complete -c tt-verify -l max-size -d 'Take only files of this size or less [default: any]' -r
complete -c tt-verify -l newer-than -d 'Take only files that were modified within an age, such as 2d or 30m, or from a time on, such as 2026-11-01 (by the local clock) or 2026-11-01T12:00:00Z [default: whenever]' -r
complete -c tt-verify -l older-than -d 'Take only files that were modified longer ago, or before: those that --newer-than leaves out [default: whenever]' -r
complete -c tt-verify -l max-depth -d 'Go down so many levels: 1 takes only what lies in SRC itself [default: all levels]' -r
complete -c tt-verify -l hidden -d 'What to do with names that begin with a dot, and all below them; other rules may take them after all' -r -f -a "take\t'Take them like others'
skip\t'Leave them out, as --exclude \'.*\' before all other rules does'"
complete -c tt-verify -l symlinks -d 'What to do with symbolic links' -r -f -a "follow\t'Upload what they lead to'
skip\t'Leave them alone, with a skip record each'
error\t'Report each as a failure'"
complete -c tt-verify -l list-concurrency -d 'How many pages of a large bucket\'s listing are asked for at once. A small one takes one request' -r
complete -c tt-verify -l tmp-dir -d 'Where names wait that don\'t fit into the memory, and what may be written only once all is known [default: TMPDIR, or /tmp]' -r -f -a "(__fish_complete_directories)"
complete -c tt-verify -l sums -d 'Prove that the objects below a prefix are what a manifest lists, as sha256sum, sha1sum, md5sum, shasum, cksum -a, openssl dgst -r or the BSDs write it; - is stdin. Names are relative to the prefix, and to SRC where that is given: its files are read where S3 keeps a checksum of another kind. May be repeated [default: read records]' -r -F
complete -c tt-verify -l write-sums -d 'Write a manifest of what was verified, which sha256sum -c takes in the source directory. Each file is read once for both checksums. It is put in place at the end, unless the run was cut short [default: write none]' -r -F
complete -c tt-verify -l concurrency -d 'How many requests are under way at the same time [default: finds itself, up to 256: it grows while that makes things faster, and shrinks when S3 asks to slow down or gets slow]' -r
complete -c tt-verify -l download -d 'Download objects and compare their bytes with those of the files, without storing them: --download or --download=needed, where nothing else can be compared; --download=always, each [default: download nothing]' -r -f -a "needed\t'Those of which nothing else can be compared'
always\t'All'"
complete -c tt-verify -l part-size -d 'Where only an ETag tells of an object in parts, and the service does not tell how large they are: try this size before those that are usual [default: those that are usual]' -r
complete -c tt-verify -l sample -d 'Look at only so many of the objects, such as 5% or 0.1%: always the same ones, which their keys alone decide. Records of the others pass on as they are [default: 100%]' -r
complete -c tt-verify -l report -d 'Write one JSON document too, with all the evidence and what failed by its cause; put in place at the end [default: none]' -r -F
complete -c tt-verify -l junit -d 'Write a JUnit test suite too, as CI systems read it, with a case for each object; put in place at the end [default: none]' -r -F
complete -c tt-verify -l progress -d 'How it is told on stderr how far the work is. What is for machines is told in spite of --quiet' -r -f -a "auto\t'A line on a terminal; in a log a line every ten seconds, or every two percent'
json\t'One JSON object a line, every second and at the end'
none\t'Not at all'"
complete -c tt-verify -l endpoint-url -d 'An S3-compatible service instead of AWS [default: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, the profile\'s, or AWS]' -r
complete -c tt-verify -l region -d 'Region of the bucket [default: AWS_REGION, AWS_DEFAULT_REGION, the profile\'s, or us-east-1]' -r
complete -c tt-verify -l profile -d 'Profile in ~/.aws/config and ~/.aws/credentials [default: AWS_PROFILE, or what the environment provides]' -r
complete -c tt-verify -l ca-bundle -d 'PEM file of certificate authorities to trust besides the platform\'s [default: AWS_CA_BUNDLE]' -r -F
complete -c tt-verify -l addressing-style -d 'How a request names the bucket: in the path, or in the host name; auto is path for a service of one\'s own and virtual for AWS' -r -f -a "auto\t''
path\t''
virtual\t''"
complete -c tt-verify -l expected-bucket-owner -d 'The account, 12 digits, that must own the bucket; otherwise S3 answers AccessDenied to everything [default: any account]' -r
complete -c tt-verify -l sse-c-key -d 'File with a key of one\'s own for the encryption of objects (SSE-C): 32 bytes, or their base64. Reading them, as tt-verify does, needs the same key [default: S3 keeps the keys]' -r -F
complete -c tt-verify -l retries -d 'How often a request is tried again, at growing distances: the usual number is about a minute of trying' -r
complete -c tt-verify -l timeout -d 'How long nothing may move on a connection before it is given up, and the request tried again' -r
complete -c tt-verify -l latencies -d 'Write how long requests took, a histogram for each S3 operation, in the log format of HdrHistogram; put in place at the end [default: none]' -r -F
complete -c tt-verify -l memory -d 'How much memory the names of large directories and the pages read ahead may take; at least 1KiB' -r
complete -c tt-verify -l extra -d 'With SRC: also name objects that have no file, each of which is a failure, but none that the flags leave out, nor any where SRC can\'t be looked at [default: only files are gone through]'
complete -c tt-verify -l null -d 'In that list a NUL ends each name, as find -print0 writes it [default: the end of the line]'
complete -c tt-verify -l one-file-system -d 'Leave out directories where another filesystem is mounted [default: go into them]'
complete -c tt-verify -l no-cache -d 'Leave the system\'s cache of files to other programs: what is read for the proof is not kept there [default: it is kept as usual]'
complete -c tt-verify -l ignore-inode -d 'Take a file as unchanged while its size and modification time stay, whatever its inode number and change time: for file systems that keep neither'
complete -c tt-verify -l partial-input -d 'The input is a piece of a stream: no begin, end, record or part of a plan that is missing is an error [default: it must be whole]'
complete -c tt-verify -l require-all -d 'Exit with 65 if put, keep or delete records that were announced did not arrive, or if more records arrived than were announced [default: a warning, since a filter may drop them on purpose]'
complete -c tt-verify -l json -d 'Write records even on a terminal [default: on a terminal, a summary for people]'
complete -c tt-verify -s q -l quiet -d 'Say nothing on stderr but errors: no progress, no notes'
complete -c tt-verify -s v -l verbose -d 'Say more on stderr: what was found, what is tried again and why [default: errors, warnings and progress]'
complete -c tt-verify -l no-sign-request -d 'Send requests without signing them, for buckets that are open to all [default: sign]'
complete -c tt-verify -l no-verify-ssl -d 'Believe any certificate: whoever sits between may then read and change everything [default: verify]'
complete -c tt-verify -l request-payer -d 'Pay for the requests oneself, in a bucket whose owner does not [default: the owner pays]'
complete -c tt-verify -s h -l help -d 'Print help: a summary with -h, all of it with --help'
complete -c tt-verify -s V -l version -d 'Print the version'
