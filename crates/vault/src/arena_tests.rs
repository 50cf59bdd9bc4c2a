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
fn fallback_memory_is_locked() {
    let page = rustix::param::page_size();
    // SAFETY: fresh mappings that only this test touches.
    unsafe {
        let at = mmap_anonymous(null_mut(), page, ProtFlags::empty(), MapFlags::PRIVATE).unwrap();
        assert_eq!(map_locked(at, page).unwrap(), MemoryKind::Locked);
        at.cast::<u8>().write(1);
        munmap(at, page).unwrap();
    }
}
