//! Where it was measured.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind, System};

/// A machine, as far as it matters for the figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Machine {
    /// The processor, as it calls itself.
    pub(crate) cpu: String,
    /// Processors that the system schedules on.
    pub(crate) cores: u32,
    pub(crate) memory_bytes: u64,
    /// The operating system, with its version.
    pub(crate) os: String,
    pub(crate) kernel: String,
    /// Such as `x86_64`.
    pub(crate) architecture: String,
}

impl Machine {
    /// This one.
    pub(crate) fn here() -> Self {
        let what = RefreshKind::nothing()
            .with_cpu(CpuRefreshKind::nothing())
            .with_memory(MemoryRefreshKind::nothing().with_ram());
        let system = System::new_with_specifics(what);
        let unknown = || "unknown".to_owned();
        Self {
            cpu: system.cpus().first().map_or_else(unknown, |cpu| cpu.brand().trim().to_owned()),
            cores: u32::try_from(system.cpus().len()).unwrap_or(u32::MAX),
            memory_bytes: system.total_memory(),
            os: System::long_os_version().unwrap_or_else(unknown),
            kernel: System::kernel_version().unwrap_or_else(unknown),
            architecture: System::cpu_arch(),
        }
    }
}
