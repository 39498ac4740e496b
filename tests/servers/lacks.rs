//! What is known to be missing in a server. Whatever else goes wrong is a failure.

/// What a server does not do as S3 does.
pub(crate) struct Lack {
    server: &'static str,
    cases: &'static [&'static str],
    /// What the tools say then.
    pub(crate) sign: &'static str,
    /// What the table says.
    pub(crate) what: &'static str,
}

/// What a server lacks for a case.
pub(crate) fn lack(server: &str, case: &str) -> Option<&'static Lack> {
    LACKS.iter().find(|lack| lack.server == server && lack.cases.contains(&case))
}

const LACKS: [Lack; 9] = [
    Lack {
        server: "localstack",
        cases: &["names beyond ASCII, many"],
        sign: "codec can't decode",
        what: "fails to go on behind such a name in a listing, with a 500",
    },
    Lack {
        server: "seaweedfs",
        cases: &["odd names"],
        sign: "back\\slash",
        what: "takes a backslash for a slash: such a file is planned anew each time",
    },
    Lack {
        server: "rclone",
        cases: &[
            "objects in parts",
            "checksum CRC64NVME",
            "checksum CRC32C",
            "checksum CRC32",
            "checksum SHA256",
            "checksum SHA1",
            "killed, and gone on with",
            "unfinished uploads aborted",
            "if unchanged, new object",
            "if unchanged, other object",
            "properties kept",
            "damage found",
            "aws, s5cmd and rclone agree",
        ],
        sign: "InitiateMultipartUploadResult",
        what: "its answer to CreateMultipartUpload is not S3's, which is told",
    },
    Lack {
        server: "moto",
        cases: &["checksum CRC32C"],
        sign: "mismatch",
        what: "calls a checksum of parts one of all bytes, which is a mismatch",
    },
    Lack {
        server: "moto",
        cases: &["if unchanged, other object"],
        sign: "only one of two",
        what: "takes no notice of conditions when parts are joined",
    },
    Lack {
        server: "moto",
        cases: &["killed, and gone on with"],
        sign: "no part was kept",
        what: "begins anew: its answer to ListParts is not S3's, which is told",
    },
    Lack {
        server: "moto",
        cases: &["damage found"],
        sign: "unverifiable",
        what: "not found: unverifiable, and exit code 1",
    },
    Lack {
        server: "garage",
        cases: &["checksum SHA256", "checksum SHA1"],
        sign: "Cannot specify x-amz-checksum-type",
        what: "refuses the type of a composite checksum when parts are joined, which is told",
    },
    Lack {
        server: "garage",
        cases: &["if unchanged, new object", "if unchanged, other object"],
        sign: "exit code 0",
        what: "takes no notice of conditions: the object is replaced",
    },
];
