//! Heap allocations per message. `cargo bench --bench allocations`.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use codec_bench::{INVITE, OK, PEERS};

struct Counting;

static COUNT: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is handed to the system's allocator unchanged; only a counter is kept beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn count(work: impl FnOnce()) -> usize {
    let before = COUNT.load(Ordering::Relaxed);
    work();
    COUNT.load(Ordering::Relaxed) - before
}

fn main() {
    println!("heap allocations per message: parse + serialise / parse + six typed headers");
    for (subject, message) in [("INVITE", INVITE), ("200 OK", OK)] {
        for peer in &PEERS {
            // Whatever a crate sets up once is not counted.
            (peer.rewrite)(message);
            let can = (peer.typed)(message).is_some();
            let rewrite = count(|| {
                (peer.rewrite)(message);
            });
            let typed = count(|| {
                (peer.typed)(message);
            });
            println!("{subject:<8}{:<20}{rewrite:>5} / {}", peer.name, if can { typed.to_string() } else { "cannot".to_owned() });
        }
    }
}
