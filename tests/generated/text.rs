//! The prose of tt-records(5).

use tt_cli::Example;

pub(crate) const INTRODUCTION: [&str; 5] = [
    "The tools speak to each other in records: one JSON object a line, in UTF-8, the field `type` first. What follows is \
     version 1 of the stream. The JSON Schema of a line is docs/records.schema.json in the source.",
    "tt-plan, tt-push and tt-verify write records where stdout is no terminal, or with --json. tt-push and tt-verify read \
     them from stdin or from files.",
    "A stream opens with `begin` and closes with `end`. Between them stands one line for each thing that is to be done or \
     was done. Order between the two carries no meaning, so `shuf`, `sort`, `split` and `parallel` may be used.",
    "Records that a tool has no work with are passed on as they came, so that the last tool of a pipeline knows all that \
     happened before it.",
    "A stream (the run is shortened):",
];

/// Records with the same fields, who writes them, and what they say; in the schema's order.
pub(crate) const RECORDS: [(&str, &str, &str); 12] = [
    ("begin", "every tool", "The first line: who speaks, which run, from where to where."),
    (
        "put",
        "tt-plan",
        "Upload this file to this key. Object properties may be added to it, with `jq` for example.",
    ),
    ("keep", "tt-plan --all", "The object is up to date. tt-verify can prove it."),
    ("delete", "tt-plan --delete", "Remove this object. tt-push carries it out."),
    (
        "skip",
        "tt-plan and tt-push",
        "Left alone, and why. It is there, so nothing at its key is to be deleted.",
    ),
    (
        "fail",
        "every tool",
        "Could not be done, why, and what to do next. For a whole directory or key range there is one record.",
    ),
    ("pushed", "tt-push", "Uploaded, with the evidence that S3 gave."),
    ("deleted", "tt-push", "Removed."),
    (
        "unfinished, aborted",
        "tt-push --abort-uploads",
        "A multipart upload that was begun, and neither completed nor aborted; one that was removed.",
    ),
    (
        "verified, mismatch, missing, unverifiable",
        "tt-verify",
        "The proof, or the lack of it: compared and equal; compared and different; no such object; nothing to compare.",
    ),
    ("extra", "tt-verify --extra", "An object without a file."),
    (
        "end",
        "every tool",
        "How it went: the last line. It folds in what the tool read from the one before it.",
    ),
];

pub(crate) const READERS: [&str; 6] = [
    "A pipe hides a producer that died. A stream is complete when each `begin` in it has its `end`, there is at least one of \
     both, the last line is a whole record, and no `end` says `incomplete`. What is missing makes exit \
     code 65. With --partial-input, ends and beginnings may be missing.",
    "Several streams may be read one after the other, as files or through `cat`.",
    "Fields that a reader does not know are ignored.",
    "Records of a type that it does not know are the reader's decision: tt-verify passes them on; tt-push stops, because \
     they might change what is to be done.",
    "A `begin` or `end` of another version stops the reader, and so does a line that is no record.",
    "Sizes are plain integers, times are RFC 3339, checksums are base64 as S3 writes them. A path that is not UTF-8 travels \
     as base64 of its bytes in `src_b64`, beside a readable `src`.",
];

pub(crate) const WRITERS: [&str; 5] = [
    "One line a record, however long; a newline in a name is \\n in JSON. `type` comes first.",
    "`begin` and `end` carry the version in `v`. A tool that reads a stream takes over its `run`, and `source` and `dest` \
     where it has none of its own.",
    "`counts` in `end` counts every record between `begin` and `end` by its type, also those that were only passed on.",
    "A tool that could not finish still writes its `end`, with `incomplete` and its exit code, after a `fail` that says why. \
     A stream without `end` comes from a tool that was killed.",
    "Nothing that a record holds is a secret.",
];

pub(crate) const EXIT_CODES: [&str; 3] = [
    "The exit code of each tool is also in its `end`, and the next tool folds it into its own. So the last tool of a \
     pipeline ends with the truth about the whole, whatever the shell makes of the others.",
    "Of two codes the weightier one counts: what stopped the work (any code but 0, 1 and 65) before 65, something is \
     missing; that before 1, some items failed; that before 0. Of two that stopped the work, the tool's own.",
    "A `fail`, `mismatch`, `missing`, `unverifiable` or `skip` makes the code 1 at least; only a `skip` of a symbolic link, \
     which was asked for, does not.",
];

pub(crate) const EXAMPLES: [Example; 7] = [
    Example {
        what: "How many bytes a plan would move.",
        command: "jq -s 'map(select(.type==\"put\").size) | add' plan.ndjson",
    },
    Example {
        what: "What could not be done, and why.",
        command: "jq -r 'select(.type==\"fail\") | \"\\(.error.kind): \\(.error.message)\"' proof.ndjson",
    },
    Example {
        what: "Take records out of a plan. The rest is still a whole stream.",
        command: "jq -c 'select(.type!=\"put\" or .size<1000)' plan.ndjson | tt-push | tt-verify",
    },
    Example {
        what: "Give objects a storage class by their size.",
        command: "tt-plan /data s3://bucket/ |\n\
                  jq -c 'if .type==\"put\" and .size>1e6 then .storage_class=\"GLACIER_IR\" else . end' |\n\
                  tt-push | tt-verify",
    },
    Example {
        what: "Upload in random order.",
        command: "tt-plan /data s3://bucket/ | shuf | tt-push | tt-verify",
    },
    Example {
        what: "Four pieces of a plan, each with a tt-push of its own, and one proof of all.",
        command: "split -n l/4 --additional-suffix=.ndjson plan.ndjson piece-\n\
                  for p in piece-*.ndjson; do tt-push --partial-input \"$p\" > \"results-$p\" & done; wait\n\
                  tt-verify results-*.ndjson",
    },
    Example { what: "Did it all go?", command: "jq -e -s 'last | .type==\"end\" and .ok' proof.ndjson" },
];
