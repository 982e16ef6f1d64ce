//! The files of a place: who may read them, and that none are left.

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use super::super::files::Place;
use super::*;
use crate::StartError;

#[tokio::test]
async fn nobody_else_may_read_or_enter() {
    let mut here = Here::new().await;
    let (mut client, mut server) = here.pair().await;
    warm(&mut client, &mut server).await;
    let place = here.beside().remove(0);
    let mode = |path: &Path| path.symlink_metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&place), 0o700);
    let segments = here.segments();
    assert!(segments.len() >= 4, "{segments:?}");
    for segment in &segments {
        assert_eq!(mode(segment), 0o600, "{}", segment.display());
    }
    // All of it is there, so that writing to it cannot end the process.
    let data = segments.iter().find(|path| path.to_str().unwrap().ends_with(".data")).unwrap();
    let data = data.metadata().unwrap();
    assert!(data.blocks() * 512 >= data.size(), "{} of {}", data.blocks() * 512, data.size());
}

#[tokio::test]
async fn nothing_is_left_of_a_listener_and_its_connections() {
    let mut here = Here::new().await;
    let (mut client, mut server) = here.pair().await;
    warm(&mut client, &mut server).await;
    let places = here.beside();
    assert_eq!(places.len(), 1);
    here.listener.close();
    // Connections outlive it, and may even begin to use memory.
    warm(&mut server, &mut client).await;
    drop((client, server));
    until(|| here.beside().is_empty() && segments(&places).is_empty()).await;
}

#[tokio::test]
async fn what_a_killed_server_has_left_is_removed_by_the_next() {
    let mut here = Here::new().await;
    let name = |digits: &str| here.directory.join(format!("a.{digits}.shm"));
    let left = name("0123456789abcdef");
    std::fs::create_dir(&left).unwrap();
    std::fs::set_permissions(&left, std::fs::Permissions::from_mode(0o700)).unwrap();
    std::fs::write(left.join("node"), "left").unwrap();
    let segment = Path::new("/dev/shm/cn0123456789abcdef_test.data");
    std::fs::write(segment, "left").unwrap();
    // Of others, or of other sockets.
    let alone =
        [name("0123456789ABCDEF"), name("012"), here.directory.join("b.0123456789abcdef.shm")];
    for path in &alone {
        std::fs::create_dir(path).unwrap();
    }
    let link = name("fedcba9876543210");
    symlink(&alone[0], &link).unwrap();
    let open_to_all = name("00000000000000ff");
    std::fs::create_dir(&open_to_all).unwrap();

    let living = here.beside().into_iter().find(|path| path.join("nodes").exists());
    here.listener.close();
    until(|| !living.as_ref().unwrap().exists()).await;
    here.listener.bind().await.unwrap();
    assert!(!left.exists() && !segment.exists());
    for path in alone.iter().chain([&link, &open_to_all]) {
        assert!(path.symlink_metadata().is_ok(), "{}", path.display());
    }
    // A second server at another path leaves this one alone, and so does one at the same path.
    let before = here.beside();
    let mut second = SharedMemory::new(&*here.socket());
    assert!(matches!(second.bind().await, Err(StartError::InUse(_))));
    // It has looked whether somebody listens.
    drop(here.accept().await);
    assert_eq!(here.beside(), before);
    let place = Place::make(&here.socket()).unwrap();
    assert!(place.others().iter().any(|other| before.contains(&other.directory)));
    super::super::domain::Domain::make(&here.socket()).unwrap();
    assert!(here.beside().iter().filter(|path| path.join("nodes").exists()).count() >= 1);
    let (mut client, mut server) = here.pair().await;
    warm(&mut client, &mut server).await;
}

#[tokio::test]
async fn a_path_that_is_too_long_for_memory_is_told() {
    let here = Here::new().await;
    let long = here.directory.join("x".repeat(107 - here.directory.as_os_str().len() - 1));
    let mut listener = SharedMemory::new(&*long);
    // It fits: a socket's path is the shorter one.
    listener.bind().await.unwrap();
    let mut listener = SharedMemory::new(&*here.directory.join("x".repeat(200)));
    assert!(listener.bind().await.is_err());
}

#[tokio::test]
async fn segments_go_also_when_somebody_has_removed_the_directory() {
    let mut here = Here::new().await;
    let (mut client, mut server) = here.pair().await;
    warm(&mut client, &mut server).await;
    let places = here.beside();
    assert!(!segments(&places).is_empty());
    std::fs::remove_dir_all(&places[0]).unwrap();
    here.listener.close();
    drop((client, server));
    until(|| segments(&places).is_empty()).await;
}
