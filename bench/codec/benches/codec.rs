//! Time per message, one core. `cargo bench --bench codec`.

use codec_bench::{INVITE, OK, PEERS};
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;

fn rewrite(criterion: &mut Criterion) {
    for (subject, message) in [("INVITE", INVITE), ("200 OK", OK)] {
        let mut group = criterion.benchmark_group(format!("parse + serialise {subject}, {} bytes", message.len()));
        for peer in &PEERS {
            group.bench_function(peer.name, |bencher| bencher.iter(|| (peer.rewrite)(black_box(message))));
        }
        group.finish();
    }
}

fn typed(criterion: &mut Criterion) {
    for (subject, message) in [("INVITE", INVITE), ("200 OK", OK)] {
        let mut group = criterion.benchmark_group(format!("parse + six typed headers {subject}, {} bytes", message.len()));
        for peer in &PEERS {
            if (peer.typed)(message).is_none() {
                println!("{}: cannot read the six headers of this message as types", peer.name);
                continue;
            }
            group.bench_function(peer.name, |bencher| bencher.iter(|| (peer.typed)(black_box(message))));
        }
        group.finish();
    }
}

criterion_group!(benches, rewrite, typed);
criterion_main!(benches);
