//! The arena: slots are reused, zeroed, and out of reach.

use super::*;

/// `process_vm_readv` of our own memory: what a debugger or a broken process of the same user would do.
fn read_from_outside(address: *const u8) -> io::Result<u8> {
    let mut byte = 0u8;
    let local = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
    let remote = libc::iovec { iov_base: address.cast_mut().cast(), iov_len: 1 };
    // SAFETY: the local vector points at one live byte; the remote address is only looked up by the kernel.
    let read = unsafe { libc::process_vm_readv(std::process::id() as i32, &local, 1, &remote, 1, 0) };
    if read == 1 { Ok(byte) } else { Err(io::Error::last_os_error()) }
}

#[test]
fn secret_is_unreadable_from_outside_and_ordinary_memory_is_not() {
    let arena = Arena::new(4).unwrap();
    let slot = arena.store(&[0xa5; 32]).unwrap();
    let ordinary = [0xa5u8; 32];
    assert_eq!(read_from_outside(ordinary.as_ptr()).unwrap(), 0xa5, "positive control");
    match arena.kind() {
        MemoryKind::MemfdSecret => {
            let error = read_from_outside(slot.expose().as_ptr()).unwrap_err();
            assert_eq!(error.raw_os_error(), Some(libc::EFAULT));
        }
        MemoryKind::Locked => {
            let status = std::fs::read_to_string("/proc/self/status").unwrap();
            assert!(!status.contains("VmLck:\t       0 kB"), "memory is locked");
        }
    }
}

#[test]
fn slot_is_zeroed_and_given_back() {
    let arena = Arena::new(1).unwrap();
    let all: Vec<_> = std::iter::from_fn(|| arena.store(&[7; 64]).ok()).collect();
    assert_eq!(all.len(), rustix::param::page_size() / SLOT_BYTES);
    let address = all[0].expose().as_ptr();
    drop(all);
    // SAFETY: the arena still maps the slot and nobody writes it.
    assert_eq!(unsafe { std::slice::from_raw_parts(address, 64) }, [0; 64]);
    assert_eq!(arena.store(&[8; 40]).unwrap().expose(), [8; 40]);
    assert!(matches!(arena.store(&[0; 65]), Err(ArenaError::TooLong)));
}

#[test]
fn blank_slot_is_zero_whatever_lay_there_and_is_written_in_place() {
    let arena = Arena::new(1).unwrap();
    drop(arena.store(&[7; 64]).unwrap());
    let mut slot = arena.blank(32).unwrap();
    assert_eq!(slot.expose(), [0; 32]);
    slot.expose_to_write().fill(9);
    assert_eq!(slot.key(), Some(&[9; 32]));
    assert!(matches!(arena.blank(65), Err(ArenaError::TooLong)));
}

/// A page of the test's own, unmapped when dropped.
struct Page(*mut c_void);

impl Page {
    fn new() -> Self {
        let rights = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a fresh mapping at an address of the kernel's choice.
        Self(
            unsafe { mmap_anonymous(null_mut(), rustix::param::page_size(), rights, MapFlags::PRIVATE) }
                .unwrap(),
        )
    }

    fn write(&self, byte: u8) {
        // SAFETY: the page is mapped, may be written, and nothing refers to it.
        unsafe { self.0.cast::<u8>().write(byte) }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // SAFETY: the page is ours and nothing refers to it.
        let _ = unsafe { munmap(self.0, rustix::param::page_size()) };
    }
}

/// What the kernel says of the mapping at an address: two letters a property (`proc_pid_smaps(5)`).
fn properties(address: *const c_void) -> Vec<String> {
    let maps = std::fs::read_to_string("/proc/self/smaps").unwrap();
    let mut is_it = false;
    for line in maps.lines() {
        let range = line.split(' ').next().and_then(|range| range.split_once('-'));
        let bound = |text| u64::from_str_radix(text, 16).ok();
        if let Some((Some(start), Some(end))) = range.map(|(start, end)| (bound(start), bound(end))) {
            is_it = (start..end).contains(&(address.addr() as u64));
        }
        if let Some(flags) = line.strip_prefix("VmFlags:").filter(|_| is_it) {
            return flags.split_whitespace().map(str::to_owned).collect();
        }
    }
    panic!("no mapping at {address:?}")
}

#[test]
fn fallback_memory_is_locked_not_dumped_and_wiped_in_children() {
    let (plain, locked) = (Page::new(), Page::new());
    assert_eq!(map_locked(locked.0, rustix::param::page_size()).unwrap(), MemoryKind::Locked);
    for page in [&plain, &locked] {
        page.write(1);
    }
    let (plain, locked) = (properties(plain.0), properties(locked.0));
    for property in ["lo", "dd", "wf"] {
        assert!(!plain.iter().any(|of| of == property), "{property} without the measure: {plain:?}");
        assert!(locked.iter().any(|of| of == property), "{property} missing: {locked:?}");
    }
}

/// What a forked child finds at an address: the byte, or `None` when it died of looking.
fn in_a_child(address: *const u8) -> Option<i32> {
    // SAFETY: the child reads one byte and ends; it calls nothing that is not safe after a fork. The address was mapped when
    // it was forked off: where it is not in the child, the child dies.
    unsafe {
        match libc::fork() {
            0 => libc::_exit(i32::from(address.read_volatile())),
            child => {
                let mut status = 0;
                assert_eq!(libc::waitpid(child, &mut status, 0), child);
                libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status))
            }
        }
    }
}

#[test]
fn forked_child_finds_no_secret() {
    let arena = Arena::new(4).unwrap();
    let slot = arena.store(&[0x25; 32]).unwrap();
    let ordinary = Box::new([0x25_u8; 32]);
    assert_eq!(in_a_child(ordinary.as_ptr()), Some(0x25), "the control");
    let found = in_a_child(slot.expose().as_ptr());
    match arena.kind() {
        MemoryKind::MemfdSecret => assert_eq!(found, None),
        MemoryKind::Locked => assert_eq!(found, Some(0)),
    }
    let fallback = Page::new();
    map_locked(fallback.0, rustix::param::page_size()).unwrap();
    fallback.write(0x25);
    assert_eq!(in_a_child(fallback.0.cast()), Some(0), "wiped");
    assert_eq!(slot.expose(), [0x25; 32], "the parent keeps it");
}
