complete -c tt-plan -l exclude -d 'Leave out what matches this glob: \'*.tmp\' anywhere, \'/bin/\' only at the top of SRC, \'**\' across directories. Of all --exclude and --include the last that matches counts [default: nothing is left out]' -r
complete -c tt-plan -l include -d 'Take what matches this glob after all: after --exclude \'*\', only that [default: everything is taken]' -r
complete -c tt-plan -l symlinks -d 'What to do with symbolic links' -r -f -a "follow\t'Upload what they lead to'
skip\t'Leave them alone, with a skip record each'
error\t'Report each as a failure'"
complete -c tt-plan -l endpoint-url -d 'An S3-compatible service instead of AWS [default: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, the profile\'s, or AWS]' -r
complete -c tt-plan -l region -d 'Region of the bucket [default: AWS_REGION, AWS_DEFAULT_REGION, the profile\'s, or us-east-1]' -r
complete -c tt-plan -l profile -d 'Profile in ~/.aws/config and ~/.aws/credentials [default: AWS_PROFILE, or what the environment provides]' -r
complete -c tt-plan -l ca-bundle -d 'PEM file of certificate authorities to trust besides the platform\'s [default: AWS_CA_BUNDLE]' -r -F
complete -c tt-plan -l addressing-style -d 'How a request names the bucket: in the path, or in the host name; auto is path for a service of one\'s own and virtual for AWS' -r -f -a "auto\t''
path\t''
virtual\t''"
complete -c tt-plan -l size-only -d 'Compare sizes only, not times [default: sizes and times]'
complete -c tt-plan -l all -d 'Write a keep record for what is up to date, so that tt-verify can prove that too [default: only changes]'
complete -c tt-plan -l json -d 'Write records even on a terminal [default: on a terminal, a plan for people]'
complete -c tt-plan -s q -l quiet -d 'Say nothing on stderr but errors: no progress, no notes'
complete -c tt-plan -s v -l verbose -d 'Say more on stderr: what was found, what is tried again and why [default: errors, warnings and progress]'
complete -c tt-plan -l no-sign-request -d 'Send requests without signing them, for buckets that are open to all [default: sign]'
complete -c tt-plan -l no-verify-ssl -d 'Believe any certificate: whoever sits between may then read and change everything [default: verify]'
complete -c tt-plan -s h -l help -d 'Print help: a summary with -h, all of it with --help'
complete -c tt-plan -s V -l version -d 'Print the version'
