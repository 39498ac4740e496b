complete -c tt-verify -l concurrency -d 'How many objects are compared at the same time' -r
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
complete -c tt-verify -l partial-input -d 'The input is a piece of a stream: that its begin or end is missing is no error [default: it must be whole]'
complete -c tt-verify -l json -d 'Write records even on a terminal [default: on a terminal, a summary for people]'
complete -c tt-verify -s q -l quiet -d 'Say nothing on stderr but errors: no progress, no notes'
complete -c tt-verify -s v -l verbose -d 'Say more on stderr: what was found, what is tried again and why [default: errors, warnings and progress]'
complete -c tt-verify -l no-sign-request -d 'Send requests without signing them, for buckets that are open to all [default: sign]'
complete -c tt-verify -l no-verify-ssl -d 'Believe any certificate: whoever sits between may then read and change everything [default: verify]'
complete -c tt-verify -l request-payer -d 'Pay for the requests oneself, in a bucket whose owner does not [default: the owner pays]'
complete -c tt-verify -s h -l help -d 'Print help: a summary with -h, all of it with --help'
complete -c tt-verify -s V -l version -d 'Print the version'
