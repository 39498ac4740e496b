complete -c tt-sync -s c -l config -d 'Configuration file [default: $TT_CONFIG, else the first that is there of ./datasync-config.env, ../datasync-config.env, config/s5cmd.env, ~/.config/datasync-turbo/datasync-config.env and s5cmd.env]' -r -F
complete -c tt-sync -l source -d 'Directory to upload [default: SOURCE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c tt-sync -l dest -d 'Where it goes [default: BUCKET_NAME or S3_BUCKET, and S3_SUBDIRECTORY]' -r
complete -c tt-sync -l logs-dir -d 'Directory for log and status [default: LOGS_DIR or LOG_DIR, else logs in DATASYNC_HOME or beside the file]' -r -f -a "(__fish_complete_directories)"
complete -c tt-sync -l set -d 'Set any other variable, as the file would. May be repeated [default: what environment and file say]' -r
complete -c tt-sync -l engine -d 'What uploads; with s5cmd or aws, our tools plan before and prove after' -r -f -a "auto\t'tt-plan, tt-push and tt-verify: what is fastest here'
tt\t'The same'
s5cmd\t's5cmd, with the tuning that the configuration has for it'
aws\t'aws s3 sync, likewise'"
complete -c tt-sync -s n -l dry-run -d 'Say what would be uploaded and why, and upload nothing; status and health file stay as they are [default: upload]'
complete -c tt-sync -l fine-exit-codes -d 'Exit with the code of the pipeline, as tt-records(5) has them [default: 0 or 1]'
complete -c tt-sync -s q -l quiet -d 'Print only errors; the log file holds everything [default: print what is logged]'
complete -c tt-sync -l print-config -d 'Print each setting, and who said it [default: run]'
complete -c tt-sync -l print-pipeline -d 'Print the shell pipeline that does the same [default: run]'
complete -c tt-sync -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tt-sync -s V -l version -d 'Print version'
