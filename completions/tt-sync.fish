# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_tt_sync_global_optspecs
    string join \n c/config= source= dest= logs-dir= set= n/dry-run engine= metrics-file= fine-exit-codes q/quiet print-config print-pipeline h/help V/version
end

function __fish_tt_sync_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_tt_sync_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_tt_sync_using_subcommand
    set -l cmd (__fish_tt_sync_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c tt-sync -n "__fish_tt_sync_needs_command" -s c -l config -d 'Configuration file [default: $TT_CONFIG, else the first that is there of ./datasync-config.env, ../datasync-config.env, config/s5cmd.env, ~/.config/datasync-turbo/datasync-config.env and s5cmd.env]' -r -F
complete -c tt-sync -n "__fish_tt_sync_needs_command" -l source -d 'Directory to upload [default: SOURCE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c tt-sync -n "__fish_tt_sync_needs_command" -l dest -d 'Where it goes [default: BUCKET_NAME or S3_BUCKET, and S3_SUBDIRECTORY]' -r
complete -c tt-sync -n "__fish_tt_sync_needs_command" -l logs-dir -d 'Directory for log and status [default: LOGS_DIR or LOG_DIR, else logs in DATASYNC_HOME or beside the file]' -r -f -a "(__fish_complete_directories)"
complete -c tt-sync -n "__fish_tt_sync_needs_command" -l set -d 'Set any other variable, as the file would. May be repeated [default: what environment and file say]' -r
complete -c tt-sync -n "__fish_tt_sync_needs_command" -l engine -d 'What uploads; with s5cmd or aws, our tools plan before and prove after' -r -f -a "auto\t'tt-plan, tt-push and tt-verify: what is fastest here'
tt\t'The same'
s5cmd\t's5cmd, with the tuning that the configuration has for it'
aws\t'aws s3 sync, likewise'"
complete -c tt-sync -n "__fish_tt_sync_needs_command" -l metrics-file -d 'Write metrics of the run in the text format of Prometheus, for node_exporter [default: no metrics]' -r -F
complete -c tt-sync -n "__fish_tt_sync_needs_command" -s n -l dry-run -d 'Say what would be uploaded and why, and upload nothing; status and health file stay as they are [default: upload]'
complete -c tt-sync -n "__fish_tt_sync_needs_command" -l fine-exit-codes -d 'Exit with the code of the pipeline, as tt-records(5) has them [default: 0 or 1]'
complete -c tt-sync -n "__fish_tt_sync_needs_command" -s q -l quiet -d 'Print only errors; the log file holds everything [default: print what is logged]'
complete -c tt-sync -n "__fish_tt_sync_needs_command" -l print-config -d 'Print each setting, and who said it [default: run]'
complete -c tt-sync -n "__fish_tt_sync_needs_command" -l print-pipeline -d 'Print the shell pipeline that does the same [default: run]'
complete -c tt-sync -n "__fish_tt_sync_needs_command" -s h -l help -d 'Print help: a summary with -h, all of it with --help'
complete -c tt-sync -n "__fish_tt_sync_needs_command" -s V -l version -d 'Print the version'
complete -c tt-sync -n "__fish_tt_sync_needs_command" -f -a "watch" -d 'Upload whatever is dropped into the source, once it has stopped to change'
complete -c tt-sync -n "__fish_tt_sync_needs_command" -f -a "status" -d 'Say how the last run went, and whether all is in order'
complete -c tt-sync -n "__fish_tt_sync_needs_command" -f -a "alerts" -d 'Tell somebody if something is not in order'
complete -c tt-sync -n "__fish_tt_sync_needs_command" -f -a "shim" -d 'Put a script that starts tt-sync in the place of a deployment\'s datasync-simulator.sh'
complete -c tt-sync -n "__fish_tt_sync_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tt-sync -n "__fish_tt_sync_using_subcommand watch" -s c -l config -d 'Configuration file [default: $TT_CONFIG, else the first that is there of ./datasync-config.env, ../datasync-config.env, config/s5cmd.env, ~/.config/datasync-turbo/datasync-config.env and s5cmd.env]' -r -F
complete -c tt-sync -n "__fish_tt_sync_using_subcommand watch" -l source -d 'Directory to upload [default: SOURCE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c tt-sync -n "__fish_tt_sync_using_subcommand watch" -l dest -d 'Where it goes [default: BUCKET_NAME or S3_BUCKET, and S3_SUBDIRECTORY]' -r
complete -c tt-sync -n "__fish_tt_sync_using_subcommand watch" -l logs-dir -d 'Directory for log and status [default: LOGS_DIR or LOG_DIR, else logs in DATASYNC_HOME or beside the file]' -r -f -a "(__fish_complete_directories)"
complete -c tt-sync -n "__fish_tt_sync_using_subcommand watch" -l set -d 'Set any other variable, as the file would. May be repeated [default: what environment and file say]' -r
complete -c tt-sync -n "__fish_tt_sync_using_subcommand watch" -l engine -d 'What uploads; with s5cmd or aws, our tools plan before and prove after' -r -f -a "auto\t'tt-plan, tt-push and tt-verify: what is fastest here'
tt\t'The same'
s5cmd\t's5cmd, with the tuning that the configuration has for it'
aws\t'aws s3 sync, likewise'"
complete -c tt-sync -n "__fish_tt_sync_using_subcommand watch" -l metrics-file -d 'Write metrics of the run in the text format of Prometheus, for node_exporter [default: no metrics]' -r -F
complete -c tt-sync -n "__fish_tt_sync_using_subcommand watch" -l settle -d 'How long a file must have been the same' -r
complete -c tt-sync -n "__fish_tt_sync_using_subcommand watch" -l poll -d 'How often all of the source is looked at for what was not told [default: MONITOR_CHECK_INTERVAL, or 30s]' -r
complete -c tt-sync -n "__fish_tt_sync_using_subcommand watch" -l reconcile -d 'How often everything is compared with the bucket' -r
complete -c tt-sync -n "__fish_tt_sync_using_subcommand watch" -s n -l dry-run -d 'Say what would be uploaded and why, and upload nothing; status and health file stay as they are [default: upload]'
complete -c tt-sync -n "__fish_tt_sync_using_subcommand watch" -l fine-exit-codes -d 'Exit with the code of the pipeline, as tt-records(5) has them [default: 0 or 1]'
complete -c tt-sync -n "__fish_tt_sync_using_subcommand watch" -s q -l quiet -d 'Print only errors; the log file holds everything [default: print what is logged]'
complete -c tt-sync -n "__fish_tt_sync_using_subcommand watch" -s h -l help -d 'Print help: a summary with -h, all of it with --help'
complete -c tt-sync -n "__fish_tt_sync_using_subcommand status" -s c -l config -d 'Configuration file [default: $TT_CONFIG, else the first that is there of ./datasync-config.env, ../datasync-config.env, config/s5cmd.env, ~/.config/datasync-turbo/datasync-config.env and s5cmd.env]' -r -F
complete -c tt-sync -n "__fish_tt_sync_using_subcommand status" -l source -d 'Directory to upload [default: SOURCE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c tt-sync -n "__fish_tt_sync_using_subcommand status" -l dest -d 'Where it goes [default: BUCKET_NAME or S3_BUCKET, and S3_SUBDIRECTORY]' -r
complete -c tt-sync -n "__fish_tt_sync_using_subcommand status" -l logs-dir -d 'Directory for log and status [default: LOGS_DIR or LOG_DIR, else logs in DATASYNC_HOME or beside the file]' -r -f -a "(__fish_complete_directories)"
complete -c tt-sync -n "__fish_tt_sync_using_subcommand status" -l set -d 'Set any other variable, as the file would. May be repeated [default: what environment and file say]' -r
complete -c tt-sync -n "__fish_tt_sync_using_subcommand status" -l json -d 'Print one JSON object: state, exit, source, destination, running, and checks, each with check, state and what [default: lines]'
complete -c tt-sync -n "__fish_tt_sync_using_subcommand status" -s h -l help -d 'Print help: a summary with -h, all of it with --help'
complete -c tt-sync -n "__fish_tt_sync_using_subcommand alerts" -s c -l config -d 'Configuration file [default: $TT_CONFIG, else the first that is there of ./datasync-config.env, ../datasync-config.env, config/s5cmd.env, ~/.config/datasync-turbo/datasync-config.env and s5cmd.env]' -r -F
complete -c tt-sync -n "__fish_tt_sync_using_subcommand alerts" -l source -d 'Directory to upload [default: SOURCE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c tt-sync -n "__fish_tt_sync_using_subcommand alerts" -l dest -d 'Where it goes [default: BUCKET_NAME or S3_BUCKET, and S3_SUBDIRECTORY]' -r
complete -c tt-sync -n "__fish_tt_sync_using_subcommand alerts" -l logs-dir -d 'Directory for log and status [default: LOGS_DIR or LOG_DIR, else logs in DATASYNC_HOME or beside the file]' -r -f -a "(__fish_complete_directories)"
complete -c tt-sync -n "__fish_tt_sync_using_subcommand alerts" -l set -d 'Set any other variable, as the file would. May be repeated [default: what environment and file say]' -r
complete -c tt-sync -n "__fish_tt_sync_using_subcommand alerts" -s h -l help -d 'Print help: a summary with -h, all of it with --help'
complete -c tt-sync -n "__fish_tt_sync_using_subcommand shim" -l undo -d 'Put the old script back, as it was [default: put ours in place]'
complete -c tt-sync -n "__fish_tt_sync_using_subcommand shim" -s h -l help -d 'Print help: a summary with -h, all of it with --help'
complete -c tt-sync -n "__fish_tt_sync_using_subcommand help; and not __fish_seen_subcommand_from watch status alerts shim help" -f -a "watch" -d 'Upload whatever is dropped into the source, once it has stopped to change'
complete -c tt-sync -n "__fish_tt_sync_using_subcommand help; and not __fish_seen_subcommand_from watch status alerts shim help" -f -a "status" -d 'Say how the last run went, and whether all is in order'
complete -c tt-sync -n "__fish_tt_sync_using_subcommand help; and not __fish_seen_subcommand_from watch status alerts shim help" -f -a "alerts" -d 'Tell somebody if something is not in order'
complete -c tt-sync -n "__fish_tt_sync_using_subcommand help; and not __fish_seen_subcommand_from watch status alerts shim help" -f -a "shim" -d 'Put a script that starts tt-sync in the place of a deployment\'s datasync-simulator.sh'
complete -c tt-sync -n "__fish_tt_sync_using_subcommand help; and not __fish_seen_subcommand_from watch status alerts shim help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
