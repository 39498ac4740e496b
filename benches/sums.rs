//! Checksums: of a part, as tt-push reads it; of a small file; and those of two parts put together.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput};
use tt_sum::{Algorithm, Hasher, Sum};

const PART: usize = 8 << 20;
const BLOCK: usize = 256 << 10;
const SMALL: usize = 8 << 10;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    summing(&mut criterion);
    combining(&mut criterion);
    criterion.final_summary();
}

fn summing(criterion: &mut Criterion) {
    for (name, size) in [("8 MiB in blocks of 256 KiB", PART), ("8 KiB", SMALL)] {
        let bytes = bytes(size);
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(size as u64));
        for algorithm in Algorithm::ALL {
            group.bench_function(BenchmarkId::from_parameter(algorithm), |bencher| {
                bencher.iter(|| sum(algorithm, black_box(&bytes)));
            });
        }
        group.finish();
    }
}

fn combining(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sums of two parts");
    for algorithm in [Algorithm::Crc64Nvme, Algorithm::Crc32c, Algorithm::Crc32] {
        let (head, tail) = (Sum::of(algorithm, b"head"), Sum::of(algorithm, b"tail"));
        group.bench_function(BenchmarkId::from_parameter(algorithm), |bencher| {
            bencher.iter(|| black_box(&head).append(&tail, PART as u64));
        });
    }
    group.finish();
}

fn sum(algorithm: Algorithm, bytes: &[u8]) -> Sum {
    let mut hasher = Hasher::new(algorithm);
    bytes.chunks(BLOCK).for_each(|block| hasher.update(block));
    hasher.finish()
}

fn bytes(size: usize) -> Vec<u8> {
    (0..=u8::MAX).cycle().take(size).collect()
}
