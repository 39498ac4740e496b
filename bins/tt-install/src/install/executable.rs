//! Whether a file is a program for this machine, before it is run.

use std::{fs, path::Path};

use object::{
    File, FileKind, Object as _,
    read::macho::{FatArch as _, MachOFatFile32, MachOFatFile64},
};
use tt_record::{Problem, ProblemKind};

use super::platform::Platform;

/// Fails unless it is.
pub(super) fn check(program: &Path, platform: &Platform) -> Result<(), Problem> {
    let data = fs::read(program).map_err(|e| {
        Problem::new(ProblemKind::Io, format!("what was unpacked can't be read: {}: {e}", program.display()))
    })?;
    if is_for(&data, platform) { Ok(()) } else { Err(foreign(&data)) }
}

fn is_for(data: &[u8], platform: &Platform) -> bool {
    let (format, architecture) = platform.program;
    match FileKind::parse(data) {
        Ok(FileKind::MachOFat32) => MachOFatFile32::parse(data)
            .is_ok_and(|fat| fat.arches().iter().any(|arch| arch.architecture() == architecture)),
        Ok(FileKind::MachOFat64) => MachOFatFile64::parse(data)
            .is_ok_and(|fat| fat.arches().iter().any(|arch| arch.architecture() == architecture)),
        _ => {
            File::parse(data).is_ok_and(|file| (file.format(), file.architecture()) == (format, architecture))
        }
    }
}

fn foreign(data: &[u8]) -> Problem {
    let what = match File::parse(data) {
        Ok(file) => {
            format!("a program for another platform ({:?}, {:?})", file.format(), file.architecture())
        }
        Err(_) => "no program".to_owned(),
    };
    Problem::new(ProblemKind::Corrupt, format!("the s5cmd in it is {what}"))
        .hint("take the archive for this machine, and nothing was changed")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The head of a program for Linux, for a machine with this number.
    fn elf(machine: u8) -> Vec<u8> {
        let mut elf = vec![0; 64];
        elf[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
        (elf[16], elf[18], elf[20], elf[52], elf[54], elf[58]) = (2, machine, 1, 64, 56, 64);
        elf
    }

    #[test]
    fn programs_for_other_machines_are_told_apart() {
        let here = Platform::here().unwrap();
        let myself = std::env::current_exe().unwrap();
        check(&myself, here).unwrap();
        for data in [elf(243), b"MZ\x90\0".to_vec(), b"#!/bin/sh\necho v2.3.0\n".to_vec(), Vec::new()] {
            assert!(!is_for(&data, here));
        }
        assert!(foreign(&elf(243)).message.contains("Riscv64"), "{}", foreign(&elf(243)));
        assert!(foreign(b"#!/bin/sh").message.contains("no program"));
    }
}
