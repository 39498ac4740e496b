complete -c tt-push -l storage-class -d 'Storage class of new objects, such as STANDARD_IA or INTELLIGENT_TIERING; a record\'s own wins [default: the bucket\'s, mostly STANDARD]' -r
complete -c tt-push -l metadata -d 'User metadata of new objects. May be repeated; a record\'s own wins, name by name [default: none]' -r
complete -c tt-push -l concurrency -d 'How many requests are under way at the same time [default: finds itself, up to 256: it grows while that makes things faster, and shrinks when S3 asks to slow down]' -r
complete -c tt-push -l part-size -d 'Size of the parts of large files, from 5MiB to 5GiB; grows by itself where 10,000 parts would not suffice' -r
complete -c tt-push -l endpoint-url -d 'An S3-compatible service instead of AWS [default: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, the profile\'s, or AWS]' -r
complete -c tt-push -l region -d 'Region of the bucket [default: AWS_REGION, AWS_DEFAULT_REGION, the profile\'s, or us-east-1]' -r
complete -c tt-push -l profile -d 'Profile in ~/.aws/config and ~/.aws/credentials [default: AWS_PROFILE, or what the environment provides]' -r
complete -c tt-push -l ca-bundle -d 'PEM file of certificate authorities to trust besides the platform\'s [default: AWS_CA_BUNDLE]' -r -F
complete -c tt-push -l addressing-style -d 'How a request names the bucket: in the path, or in the host name; auto is path for a service of one\'s own and virtual for AWS' -r -f -a "auto\t''
path\t''
virtual\t''"
complete -c tt-push -l dry-run -d 'Read the plan and the files\' properties, but upload nothing: the plan passes on as it is [default: upload]'
complete -c tt-push -l partial-input -d 'The input is a piece of a stream: that its begin or end is missing is no error [default: it must be whole]'
complete -c tt-push -l json -d 'Write records even on a terminal [default: on a terminal, a summary for people]'
complete -c tt-push -s q -l quiet -d 'Say nothing on stderr but errors: no progress, no notes'
complete -c tt-push -s v -l verbose -d 'Say more on stderr: what was found, what is tried again and why [default: errors, warnings and progress]'
complete -c tt-push -l no-sign-request -d 'Send requests without signing them, for buckets that are open to all [default: sign]'
complete -c tt-push -l no-verify-ssl -d 'Believe any certificate: whoever sits between may then read and change everything [default: verify]'
complete -c tt-push -s h -l help -d 'Print help: a summary with -h, all of it with --help'
complete -c tt-push -s V -l version -d 'Print the version'
