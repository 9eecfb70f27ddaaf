//! The frames of the calling thread, found by the tables that compilers leave for exceptions.
//!
//! No lock is taken and nothing allocated: modules come from the kernel's list, and of tables and stack the kernel makes
//! copies (GUARD-3).

use gimli::{
    CfaRule, EhFrame, Register, RegisterRule, UnwindContext, UnwindContextStorage, UnwindSection,
    UnwindTableRow,
};

use crate::sys::{self, Peek, Registers};

use super::module::Module;
use super::tables::Entry;

/// Most frames of a report.
pub const MOST_FRAMES: usize = 16;
/// Frames of DAM's own that are skipped at most.
const MOST_OWN: usize = 24;
/// Modules that are remembered while one stack is looked at.
const MODULES: usize = 8;

/// Registers that a function may have saved; tables that name more are not followed.
const SAVED: usize = if cfg!(target_arch = "aarch64") { 24 } else { 10 };

/// Room for what the tables say of one frame.
#[derive(PartialEq, Eq)]
struct Room;

impl UnwindContextStorage<usize> for Room {
    type Rules = [(Register, RegisterRule<usize>); SAVED];
    type Stack = [UnwindTableRow<usize, Self>; 3];
}

type Context = UnwindContext<usize, Room>;

/// A place in a program.
#[derive(Clone, Copy)]
pub struct Frame {
    /// The address of the call.
    address: usize,
    /// Its module's place in the list; `None`: it is in none.
    module: Option<usize>,
}

/// The frames of a stack.
pub struct Stack {
    frames: [Frame; MOST_FRAMES],
    count: usize,
    modules: [Module; MODULES],
    known: usize,
    /// Made when it is first needed, and used again.
    context: Option<Context>,
    entry: Entry,
    buffer: [u8; 1024],
}

impl Stack {
    /// An empty one.
    pub const fn new() -> Self {
        Self {
            frames: [Frame { address: 0, module: None }; MOST_FRAMES],
            count: 0,
            modules: [const { Module::new() }; MODULES],
            known: 0,
            context: None,
            entry: Entry::new(),
            buffer: [0; 1024],
        }
    }

    /// The frames: address, module's name, and the address in its file.
    pub fn frames(&self) -> impl Iterator<Item = (usize, Option<(&[u8], usize)>)> {
        self.frames[..self.count].iter().map(|frame| {
            let module = frame.module.map(|at| &self.modules[at]);
            let place = module.map(|module| (module.name(), module.offset_of(frame.address)));
            (frame.address, place.filter(|(name, _)| !name.is_empty()))
        })
    }

    /// Looks at the frames from `registers` on; the first that count are not DAM's.
    pub fn walk(&mut self, registers: &Registers) {
        (self.count, self.known) = (0, 0);
        let peek = Peek::new();
        let (mut registers, mut exact, mut own) = (registers.clone(), true, 0);
        let here = self.module_of(&peek, registers.pc);
        make_context(&mut self.context);
        while self.count < MOST_FRAMES && own < MOST_OWN && registers.pc != 0 {
            // Behind a call that does not return there may be another function already.
            let address = registers.pc - usize::from(!exact);
            let module = self.module_of(&peek, address);
            if self.count == 0 && self.is_own(address, module, here) {
                own += 1;
            } else {
                self.frames[self.count] = Frame { address, module };
                self.count += 1;
            }
            let Some(module) = module.map(|at| &self.modules[at]) else { return };
            let Some(context) = &mut self.context else { return };
            let Some((before, is_signal)) =
                step(&peek, module, &mut self.entry, context, address, &registers)
            else {
                return;
            };
            (registers, exact) = (before, is_signal);
        }
    }

    /// Whether an address is DAM's, whose code is in module `here`: within its bounds, where it was linked
    /// into something else by its archive, or anywhere in a library of its own.
    fn is_own(&self, address: usize, module: Option<usize>, here: Option<usize>) -> bool {
        let (start, end) = sys::own_code();
        if start != 0 {
            return (start..end).contains(&address);
        }
        module == here && here.is_some_and(|at| !self.modules[at].is_program())
    }

    // Apart, as `step` is: what they need of the stack they do not need at the same time.
    #[inline(never)]
    fn module_of(&mut self, peek: &Peek, address: usize) -> Option<usize> {
        let known = self.modules[..self.known].iter().position(|module| module.holds(address));
        if known.is_some() || self.known == MODULES {
            return known;
        }
        let found = self.modules[self.known].find(peek, address, &mut self.buffer);
        self.known += usize::from(found);
        found.then(|| self.known - 1)
    }
}

// Apart: it builds one on the stack first.
#[inline(never)]
fn make_context(context: &mut Option<Context>) {
    if context.is_none() {
        *context = Some(Context::new_in());
    }
}

/// The frame that called the one with these registers, and whether a signal interrupted it.
#[inline(never)]
fn step(
    peek: &Peek,
    module: &Module,
    entry: &mut Entry,
    context: &mut Context,
    address: usize,
    registers: &Registers,
) -> Option<(Registers, bool)> {
    entry.find(peek, module.tables()?, address)?;
    let (frames, at, bases) = entry.section();
    let fde = frames.fde_from_offset(&bases, at.into(), EhFrame::cie_from_offset).ok()?;
    if fde.is_signal_trampoline() {
        return Some((registers.interrupted(peek)?, true));
    }
    let row = fde.unwind_info_for_address(&frames, &bases, context, address as u64).ok()?;
    Some((caller(peek, row, registers, fde.cie().return_address_register())?, false))
}

/// The registers of the caller as a row of the table says. `None`: it is the outermost frame, or the
/// stack is not what it should be.
fn caller(
    peek: &Peek,
    row: &UnwindTableRow<usize, Room>,
    registers: &Registers,
    return_address: Register,
) -> Option<Registers> {
    let CfaRule::RegisterAndOffset { register, offset } = *row.cfa() else { return None };
    let base = *registers.values.get(usize::from(register.0))?;
    let frame = base.wrapping_add(offset as usize);
    // Stacks grow downwards: a caller's frame lies above.
    if frame < registers.values[Registers::SP] {
        return None;
    }
    let mut before = registers.clone();
    let saved = |rule, same: usize| match rule {
        RegisterRule::Offset(offset) => peek.word(frame.wrapping_add(offset as usize)),
        RegisterRule::ValOffset(offset) => Some(frame.wrapping_add(offset as usize)),
        RegisterRule::Register(other) => registers.values.get(usize::from(other.0)).copied(),
        RegisterRule::SameValue => Some(same),
        _ => None,
    };
    for (number, value) in before.values.iter_mut().enumerate() {
        if let Some(rule) = row.register(Register(number as u16)) {
            // One that a function may change has no value any more, which nobody asks for.
            *value = saved(rule, *value).unwrap_or(0);
        }
    }
    before.values[Registers::SP] = frame;
    let same = registers.values.get(usize::from(return_address.0)).copied().unwrap_or(0);
    // Without a rule it is where the call left it.
    before.pc = row.register(return_address).map_or(Some(same), |rule| saved(rule, same))?;
    Some(before)
}
