# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_tt_bench_global_optspecs
    string join \n h/help V/version
end

function __fish_tt_bench_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_tt_bench_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_tt_bench_using_subcommand
    set -l cmd (__fish_tt_bench_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c tt-bench -n "__fish_tt_bench_needs_command" -s h -l help -d 'Print help: a summary with -h, all of it with --help'
complete -c tt-bench -n "__fish_tt_bench_needs_command" -s V -l version -d 'Print the version'
complete -c tt-bench -n "__fish_tt_bench_needs_command" -f -a "run" -d 'Measure uploads with several tools that take turns, prove each, and write a report'
complete -c tt-bench -n "__fish_tt_bench_needs_command" -f -a "compare" -d 'Hold two reports against each other, and say what changed beyond the noise'
complete -c tt-bench -n "__fish_tt_bench_needs_command" -f -a "report" -d 'Write the pages and charts of a report anew from its JSON, such as one that a CI job has kept'
complete -c tt-bench -n "__fish_tt_bench_needs_command" -f -a "serve" -d 'Serve an S3 endpoint that checks what S3 checks: signatures, checksums, conditions, parts'
complete -c tt-bench -n "__fish_tt_bench_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tt-bench -n "__fish_tt_bench_using_subcommand run" -l tools -d 'Which tools; those that are not there are named and left out' -r -f -a "tt\t'tt-plan and tt-push, joined by a pipe, without any flags'
s5cmd\t's5cmd sync, as it is'
s5cmd-tuned\t'The same with 32 workers, 64 parts at once, of 64 MiB'
aws\t'aws s3 sync, as it is'
aws-tuned\t'The same with 20 requests at once, and parts of 64 MB'
aws-crt\t'The same with the transfer client that is written in C, which version 2 has'
rclone\t'rclone sync, as it is'
rclone-tuned\t'The same with 64 files and 8 parts of each at once, of 16 MiB, and comparing by the objects\' own times'"
complete -c tt-bench -n "__fish_tt_bench_using_subcommand run" -l data -d 'Sets of files that are made once and kept, the same ones everywhere, of bytes that can\'t be compressed' -r -f -a "plan\t'20 files of 100 MB to 1 GB, 5 GB in all'
small\t'20,000 files of 0.5 to 16 kB, 105 MB in all'
mixed\t'400 files of 1 kB to 64 MB, 2.6 GB in all, in directories of 50'
one-huge\t'One file of 5 GB'
photos\t'400 pictures of 3 to 8 MB with a small file beside each, 2.2 GB in all, in directories by day'"
complete -c tt-bench -n "__fish_tt_bench_using_subcommand run" -l data-dir -d 'A directory of one\'s own instead [default: the sets]' -r -f -a "(__fish_complete_directories)"
complete -c tt-bench -n "__fish_tt_bench_using_subcommand run" -l scale -d 'Make less of the sets: 0.1 is a tenth, in fewer files, or in smaller ones where there are few' -r
complete -c tt-bench -n "__fish_tt_bench_using_subcommand run" -l seed -d 'Where the randomness of the sets starts: the same seed gives the same bytes' -r
complete -c tt-bench -n "__fish_tt_bench_using_subcommand run" -l cache -d 'Where the sets are kept [default: $XDG_CACHE_HOME/datasync-turbo, or ~/.cache/datasync-turbo]' -r -f -a "(__fish_complete_directories)"
complete -c tt-bench -n "__fish_tt_bench_using_subcommand run" -l sweep -d 'Measure tt with each of these values of a flag of tt-push: concurrency, part-size, memory or checksum. May be repeated: each value is tried with each of the others [default: without flags]' -r
complete -c tt-bench -n "__fish_tt_bench_using_subcommand run" -l runs -d 'How many turns of each tool count' -r
complete -c tt-bench -n "__fish_tt_bench_using_subcommand run" -l warmup -d 'How many turns of each tool come before that, and don\'t count' -r
complete -c tt-bench -n "__fish_tt_bench_using_subcommand run" -l limit -d 'How long a tool may take for one upload before it is ended and counts as wrong' -r
complete -c tt-bench -n "__fish_tt_bench_using_subcommand run" -l dest -d 'A place in a bucket: s3://bucket/prefix/. Whatever is uploaded lies below a prefix of the run\'s own, and is removed after each turn. Endpoint, region and credentials are those of the environment, for all tools [default: none, so one of --dest and --local is needed]' -r
complete -c tt-bench -n "__fish_tt_bench_using_subcommand run" -l link -d 'Bytes a second of all connections together, in each direction, e.g. 3Gbit [default: unlimited]' -r
complete -c tt-bench -n "__fish_tt_bench_using_subcommand run" -l per-connection -d 'Bytes a second of each connection, in each direction, e.g. 80MB/s [default: unlimited]' -r
complete -c tt-bench -n "__fish_tt_bench_using_subcommand run" -l rtt -d 'How long each answer is held back, e.g. 30ms [default: not at all]' -r
complete -c tt-bench -n "__fish_tt_bench_using_subcommand run" -l out -d 'Where report.json, report.md, report.html, chart.svg and chart.png go. Those that are there are replaced' -r -f -a "(__fish_complete_directories)"
complete -c tt-bench -n "__fish_tt_bench_using_subcommand run" -l require -d 'End with 1 unless the first tool is that many times as fast as the other, with each data set: tt:aws>=3. May be repeated [default: nothing is required]' -r
complete -c tt-bench -n "__fish_tt_bench_using_subcommand run" -l progress -d 'How it is told on stderr how far the work is. What is for machines is told in spite of --quiet' -r -f -a "auto\t'A line on a terminal; in a log a line every ten seconds, or every two percent'
json\t'One JSON object a line, every second and at the end'
none\t'Not at all'"
complete -c tt-bench -n "__fish_tt_bench_using_subcommand run" -l yes -d 'Don\'t ask before requests are made that cost money [default: ask, and refuse where nobody can answer]'
complete -c tt-bench -n "__fish_tt_bench_using_subcommand run" -l local -d 'An endpoint on this machine, in a process of its own, that checks what it gets and drops it [default: --dest]'
complete -c tt-bench -n "__fish_tt_bench_using_subcommand run" -l tls -d 'It speaks HTTPS, as S3 does [default: HTTP]'
complete -c tt-bench -n "__fish_tt_bench_using_subcommand run" -l check -d 'The same as --require "tt:aws>=3" [default: not required]'
complete -c tt-bench -n "__fish_tt_bench_using_subcommand run" -s q -l quiet -d 'Say nothing on stderr but errors: no progress, no notes'
complete -c tt-bench -n "__fish_tt_bench_using_subcommand run" -s v -l verbose -d 'Say more on stderr: what was found, what is tried again and why [default: errors, warnings and progress]'
complete -c tt-bench -n "__fish_tt_bench_using_subcommand run" -s h -l help -d 'Print help: a summary with -h, all of it with --help'
complete -c tt-bench -n "__fish_tt_bench_using_subcommand compare" -l progress -d 'How it is told on stderr how far the work is. What is for machines is told in spite of --quiet' -r -f -a "auto\t'A line on a terminal; in a log a line every ten seconds, or every two percent'
json\t'One JSON object a line, every second and at the end'
none\t'Not at all'"
complete -c tt-bench -n "__fish_tt_bench_using_subcommand compare" -l json -d 'Write one JSON object a line instead of words [default: words]'
complete -c tt-bench -n "__fish_tt_bench_using_subcommand compare" -l fail-if-worse -d 'End with 1 if anything got worse [default: what changed is no failure]'
complete -c tt-bench -n "__fish_tt_bench_using_subcommand compare" -s q -l quiet -d 'Say nothing on stderr but errors: no progress, no notes'
complete -c tt-bench -n "__fish_tt_bench_using_subcommand compare" -s v -l verbose -d 'Say more on stderr: what was found, what is tried again and why [default: errors, warnings and progress]'
complete -c tt-bench -n "__fish_tt_bench_using_subcommand compare" -s h -l help -d 'Print help: a summary with -h, all of it with --help'
complete -c tt-bench -n "__fish_tt_bench_using_subcommand report" -l out -d 'Where report.json, report.md, report.html, chart.svg and chart.png go. Those that are there are replaced' -r -f -a "(__fish_complete_directories)"
complete -c tt-bench -n "__fish_tt_bench_using_subcommand report" -l progress -d 'How it is told on stderr how far the work is. What is for machines is told in spite of --quiet' -r -f -a "auto\t'A line on a terminal; in a log a line every ten seconds, or every two percent'
json\t'One JSON object a line, every second and at the end'
none\t'Not at all'"
complete -c tt-bench -n "__fish_tt_bench_using_subcommand report" -s q -l quiet -d 'Say nothing on stderr but errors: no progress, no notes'
complete -c tt-bench -n "__fish_tt_bench_using_subcommand report" -s v -l verbose -d 'Say more on stderr: what was found, what is tried again and why [default: errors, warnings and progress]'
complete -c tt-bench -n "__fish_tt_bench_using_subcommand report" -s h -l help -d 'Print help: a summary with -h, all of it with --help'
complete -c tt-bench -n "__fish_tt_bench_using_subcommand serve" -l listen -d 'Where to listen; port 0 takes a free one' -r
complete -c tt-bench -n "__fish_tt_bench_using_subcommand serve" -l port-file -d 'Write the address to this file once the endpoint listens, for scripts [default: no file]' -r -F
complete -c tt-bench -n "__fish_tt_bench_using_subcommand serve" -l idle-timeout -d 'Close connections that had no request for so long, as S3 does after 5 to 20 s [default: keep them]' -r
complete -c tt-bench -n "__fish_tt_bench_using_subcommand serve" -l dir -d 'Keep objects and unfinished uploads in this directory, over restarts [default: in memory]' -r -F
complete -c tt-bench -n "__fish_tt_bench_using_subcommand serve" -l bucket -d 'Make this bucket, if it isn\'t there. May be repeated' -r
complete -c tt-bench -n "__fish_tt_bench_using_subcommand serve" -l page-size -d 'How many objects a page of a listing shows at most' -r
complete -c tt-bench -n "__fish_tt_bench_using_subcommand serve" -l region -d 'Region that requests must be signed for' -r
complete -c tt-bench -n "__fish_tt_bench_using_subcommand serve" -l access-key -d 'Access key that requests must be signed with' -r
complete -c tt-bench -n "__fish_tt_bench_using_subcommand serve" -l secret-key-file -d 'File that holds the secret key [default: $TT_BENCH_SECRET_KEY, else the secret key is testsecret]' -r -F
complete -c tt-bench -n "__fish_tt_bench_using_subcommand serve" -l ca-out -d 'Write the authority of that certificate here, in PEM, for clients to trust [default: none, so --tls needs it]' -r -F
complete -c tt-bench -n "__fish_tt_bench_using_subcommand serve" -l cert -d 'Speak HTTPS with this certificate, in PEM, followed by its chain [default: HTTP]' -r -F
complete -c tt-bench -n "__fish_tt_bench_using_subcommand serve" -l key -d 'The private key of --cert, in PEM [default: none, so --cert needs it]' -r -F
complete -c tt-bench -n "__fish_tt_bench_using_subcommand serve" -l link -d 'Bytes a second of all connections together, in each direction, e.g. 3Gbit [default: unlimited]' -r
complete -c tt-bench -n "__fish_tt_bench_using_subcommand serve" -l per-connection -d 'Bytes a second of each connection, in each direction, e.g. 70MB/s [default: unlimited]' -r
complete -c tt-bench -n "__fish_tt_bench_using_subcommand serve" -l rtt -d 'How long each answer is held back, e.g. 30ms' -r
complete -c tt-bench -n "__fish_tt_bench_using_subcommand serve" -l clock-skew -d 'By how much its clock is ahead of this machine\'s, or behind, e.g. 40s or -20m: it dates answers, and judges when requests were signed' -r
complete -c tt-bench -n "__fish_tt_bench_using_subcommand serve" -l fault -d 'What goes wrong: KIND[:CONDITION,...]. May be repeated; the first that strikes counts [default: nothing]' -r
complete -c tt-bench -n "__fish_tt_bench_using_subcommand serve" -l seed -d 'Where the randomness of faults starts: the same seed strikes the same requests' -r
complete -c tt-bench -n "__fish_tt_bench_using_subcommand serve" -l log -d 'Append one JSON line a request to this file [default: no log]' -r -F
complete -c tt-bench -n "__fish_tt_bench_using_subcommand serve" -l progress -d 'How it is told on stderr how far the work is. What is for machines is told in spite of --quiet' -r -f -a "auto\t'A line on a terminal; in a log a line every ten seconds, or every two percent'
json\t'One JSON object a line, every second and at the end'
none\t'Not at all'"
complete -c tt-bench -n "__fish_tt_bench_using_subcommand serve" -l until-eof -d 'Stop when stdin is closed, too: whoever starts the endpoint holds the other end, and it ends with him, however he does [default: stdin does not matter]'
complete -c tt-bench -n "__fish_tt_bench_using_subcommand serve" -l memory -d 'Keep objects in memory, until the endpoint stops [default: where they go]'
complete -c tt-bench -n "__fish_tt_bench_using_subcommand serve" -l discard -d 'Check bodies and drop them: for measuring. Reading an object is then an error [default: in memory]'
complete -c tt-bench -n "__fish_tt_bench_using_subcommand serve" -l anonymous -d 'Answer requests without a signature too [default: they are refused]'
complete -c tt-bench -n "__fish_tt_bench_using_subcommand serve" -l tls -d 'Speak HTTPS, with a certificate for localhost, 127.0.0.1 and ::1, made for the occasion [default: HTTP]'
complete -c tt-bench -n "__fish_tt_bench_using_subcommand serve" -s q -l quiet -d 'Say nothing on stderr but errors: no progress, no notes'
complete -c tt-bench -n "__fish_tt_bench_using_subcommand serve" -s v -l verbose -d 'Say more on stderr: what was found, what is tried again and why [default: errors, warnings and progress]'
complete -c tt-bench -n "__fish_tt_bench_using_subcommand serve" -s h -l help -d 'Print help: a summary with -h, all of it with --help'
complete -c tt-bench -n "__fish_tt_bench_using_subcommand help; and not __fish_seen_subcommand_from run compare report serve help" -f -a "run" -d 'Measure uploads with several tools that take turns, prove each, and write a report'
complete -c tt-bench -n "__fish_tt_bench_using_subcommand help; and not __fish_seen_subcommand_from run compare report serve help" -f -a "compare" -d 'Hold two reports against each other, and say what changed beyond the noise'
complete -c tt-bench -n "__fish_tt_bench_using_subcommand help; and not __fish_seen_subcommand_from run compare report serve help" -f -a "report" -d 'Write the pages and charts of a report anew from its JSON, such as one that a CI job has kept'
complete -c tt-bench -n "__fish_tt_bench_using_subcommand help; and not __fish_seen_subcommand_from run compare report serve help" -f -a "serve" -d 'Serve an S3 endpoint that checks what S3 checks: signatures, checksums, conditions, parts'
complete -c tt-bench -n "__fish_tt_bench_using_subcommand help; and not __fish_seen_subcommand_from run compare report serve help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
