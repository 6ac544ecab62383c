//! Where a frame lies, by the memory map that the operating system keeps.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::fd::BorrowedFd;

use serde::Serialize;

use crate::error::{Context, Error, Result};

/// Shows that an address is a byte of the hub: the mapping that it lies in is of the
/// hub's file. Addresses are virtual ones of this process.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AddressProof {
    /// Of the first float of the first column.
    pub address: String,
    /// Start and end of the mapping, and its permissions.
    pub mapping: String,
    /// Of the mapping, as the operating system names it.
    pub path: String,
    /// Of the first float, in bytes from the start of the file.
    pub file_offset: u64,
    /// Device of the mapping.
    pub map_device: u64,
    /// Inode of the mapping.
    pub map_inode: u64,
    /// Device of the hub's descriptor.
    pub hub_device: u64,
    /// Inode of the hub's descriptor.
    pub hub_inode: u64,
}

/// Looks up the mapping of `address`, and sets its device and inode beside those of
/// the hub's descriptor. Whether they are equal is for the reader to judge.
pub fn prove(address: usize, hub: BorrowedFd<'_>) -> Result<AddressProof> {
    let file = File::from(hub.try_clone_to_owned().during(|| "prove address".into())?);
    let stat = file.metadata().during(|| "prove address".into())?;
    let maps = File::open("/proc/self/maps").during(|| "prove address".into())?;
    let mut proof = locate(address as u64, BufReader::new(maps))?;
    (proof.hub_device, proof.hub_inode) = device_and_inode(&stat);
    Ok(proof)
}

fn device_and_inode(stat: &std::fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (stat.dev(), stat.ino())
}

/// Finds the mapping of `address` in a memory map.
fn locate(address: u64, maps: impl BufRead) -> Result<AddressProof> {
    for line in maps.lines() {
        let line = line.during(|| "prove address".into())?;
        if let Some(proof) = on_line(address, &line) {
            return Ok(proof);
        }
    }
    Err(Error::new(format!("prove address: {address:#x} lies in no mapping of this process")))
}

/// The proof of an address that lies in the mapping of a line (`proc_pid_maps(5)`):
/// `start-end perms offset major:minor inode path`.
fn on_line(address: u64, line: &str) -> Option<AddressProof> {
    let hex = |digits| u64::from_str_radix(digits, 16).ok();
    let mut words = line.split_ascii_whitespace();
    let (start, end) = words.next()?.split_once('-')?;
    let (start, end) = (hex(start)?, hex(end)?);
    if !(start..end).contains(&address) {
        return None;
    }
    let (permissions, offset) = (words.next()?, hex(words.next()?)?);
    let (major, minor) = words.next()?.split_once(':')?;
    let inode = words.next()?.parse().ok()?;
    Some(AddressProof {
        address: format!("{address:#x}"),
        mapping: format!("{start:#x}-{end:#x} {permissions}"),
        path: line.find('/').map_or(String::new(), |at| line[at..].into()),
        file_offset: offset + address - start,
        map_device: libc::makedev(hex(major)? as _, hex(minor)? as _),
        map_inode: inode,
        ..AddressProof::default()
    })
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;

    use super::*;

    const MAPS: &str = "\
55d0-55e0 r--p 00001000 08:01 77 /usr/bin/flock engine
7f00-7f10 rw-s 00002000 00:01 2049                       /memfd:copytax-frames (deleted)
7f20-7f30 rw-p 00000000 00:00 0
not a line
";

    #[test]
    fn a_mapping_is_found() {
        let proof = locate(0x7f04, MAPS.as_bytes()).expect("a mapping");
        let want = AddressProof {
            address: "0x7f04".into(),
            mapping: "0x7f00-0x7f10 rw-s".into(),
            path: "/memfd:copytax-frames (deleted)".into(),
            file_offset: 0x2004,
            map_device: libc::makedev(0, 1),
            map_inode: 2049,
            ..AddressProof::default()
        };
        assert_eq!(proof, want);
        assert_eq!(locate(0x7f2f, MAPS.as_bytes()).expect("a mapping").path, "");
        for nowhere in [0, 0x7f10, 0x7f30, u64::MAX] {
            assert!(locate(nowhere, MAPS.as_bytes()).is_err(), "{nowhere:#x}");
        }
    }

    /// Memory of this process that is of no file shows another inode than a file's.
    #[test]
    fn the_heap_is_no_hub() {
        let own = Box::new(1u64);
        let file = File::open("/proc/self/exe").expect("this program");
        let proof = prove(&raw const *own as usize, file.as_fd()).expect("a mapping");
        assert_ne!(proof.hub_inode, 0);
        assert_ne!(proof.map_inode, proof.hub_inode);
    }
}
