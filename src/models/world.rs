//! What is static in the library and made anew for every execution of a model: the checkers' atomics
//! belong to the execution that made them. All threads of an execution run on one thread of the
//! system, so that thread's own variable is the place.

use core::cell::{Cell, RefCell};
use core::ptr;
use std::boxed::Box;
use std::sync::Arc;

use crate::small::window::{MEMORY, Window};
use crate::sys::Futexes;

struct World {
    window: Window,
    futexes: Arc<Futexes>,
}

#[repr(align(4096))]
struct Memory([u8; MEMORY]);

std::thread_local! {
    static CURRENT: Cell<*const World> = const { Cell::new(ptr::null()) };
    static SLOTS: RefCell<Box<Memory>> = RefCell::new(Box::new(Memory([0; MEMORY])));
}

/// Runs `scenario` in a new world.
pub fn run(scenario: fn()) {
    let world = Box::new(World { window: Window::new(), futexes: Arc::new(Futexes::new()) });
    CURRENT.set(&*world);
    scenario();
    drop(world);
}

/// The one class's window.
pub fn window() -> &'static Window {
    // SAFETY: `run` keeps the world until the scenario, which joins its threads, is over.
    unsafe { &(*CURRENT.get()).window }
}

/// The futexes of this world.
pub fn futexes() -> Arc<Futexes> {
    // SAFETY: as in `window`.
    unsafe { &*CURRENT.get() }.futexes.clone()
}

/// The memory of the slots; its contents are those of the last execution.
pub fn slots() -> *mut u8 {
    SLOTS.with(|memory| memory.borrow_mut().0.as_mut_ptr())
}
