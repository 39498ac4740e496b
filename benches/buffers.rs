//! Memory for a part: fresh from the system, and used again. Each page is written to, as reading a file does.

use std::hint::black_box;

use criterion::Criterion;
use tt_tree::Buffers;

const PART: usize = 8 << 20;
const PAGE: usize = 4 << 10;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("a buffer of 8 MiB");
    group.bench_function("fresh", |bencher| bencher.iter(|| touch(&Buffers::new(u64::MAX))));
    let buffers = Buffers::new(u64::MAX);
    group.bench_function("used again", |bencher| bencher.iter(|| touch(&buffers)));
    group.finish();
    criterion.final_summary();
}

fn touch(buffers: &Buffers) {
    let mut buffer = buffers.take(PART);
    for page in buffer.bytes_mut().chunks_mut(PAGE) {
        page[0] = 1;
    }
    black_box(buffer.as_ref());
}
