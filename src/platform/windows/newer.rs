//! Functions of the system's that only newer systems have.

use once_cell::race::OnceNonZeroUsize;
use std::num::NonZeroUsize;
use windows_sys::Win32::System::LibraryLoader::{GetModuleHandleW, GetProcAddress};

pub static UNBIASED: Newer = Newer::new(b"QueryUnbiasedInterruptTimePrecise\0");
pub static BIASED: Newer = Newer::new(b"QueryInterruptTimePrecise\0");
pub static IN_PROGRESS: Newer = Newer::new(b"RtlDllShutdownInProgress\0");
pub static SET_DESCRIPTION: Newer = Newer::new(b"SetThreadDescription\0");

/// Looks all of them up.
pub fn find_all() {
    for newer in [&UNBIASED, &BIASED, &IN_PROGRESS, &SET_DESCRIPTION] {
        newer.get();
    }
}

/// A function of the system's that is looked up once.
pub struct Newer {
    name: &'static [u8],
    found: OnceNonZeroUsize,
}

impl Newer {
    const ABSENT: usize = 1;

    const fn new(name: &'static [u8]) -> Newer {
        Newer { name, found: OnceNonZeroUsize::new() }
    }

    /// Its address.
    #[inline]
    pub fn get(&self) -> Option<usize> {
        let found = self.found.get_or_init(|| self.look_up()).get();
        Some(found).filter(|&address| address != Newer::ABSENT)
    }

    #[cold]
    fn look_up(&self) -> NonZeroUsize {
        assert_eq!(self.name.last(), Some(&0));
        let modules: [&[u8]; 3] = [b"kernelbase.dll\0", b"kernel32.dll\0", b"ntdll.dll\0"];
        for module in modules {
            let mut wide = [0; 16];
            for (to, &from) in wide.iter_mut().zip(module) {
                *to = u16::from(from);
            }
            // SAFETY: both names end with a zero. These modules stay loaded in every process.
            let function = unsafe { GetProcAddress(GetModuleHandleW(wide.as_ptr()), self.name.as_ptr()) };
            if let Some(address) = function.and_then(|function| NonZeroUsize::new(function as usize)) {
                return address;
            }
        }
        NonZeroUsize::new(Newer::ABSENT).expect("1 is not 0")
    }
}
