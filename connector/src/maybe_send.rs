//! `Send` and `Sync` where there are threads, nothing where there are none.

/// `Send` natively; in browsers every type is [`MaybeSend`], since futures
/// that hold JavaScript values cannot be sent.
#[cfg(not(target_family = "wasm"))]
pub trait MaybeSend: Send {}
#[cfg(not(target_family = "wasm"))]
impl<T: Send + ?Sized> MaybeSend for T {}

/// `Send` natively; in browsers every type is [`MaybeSend`], since futures
/// that hold JavaScript values cannot be sent.
#[cfg(target_family = "wasm")]
pub trait MaybeSend {}
#[cfg(target_family = "wasm")]
impl<T: ?Sized> MaybeSend for T {}

/// `Sync` natively; in browsers every type is [`MaybeSync`].
#[cfg(not(target_family = "wasm"))]
pub trait MaybeSync: Sync {}
#[cfg(not(target_family = "wasm"))]
impl<T: Sync + ?Sized> MaybeSync for T {}

/// `Sync` natively; in browsers every type is [`MaybeSync`].
#[cfg(target_family = "wasm")]
pub trait MaybeSync {}
#[cfg(target_family = "wasm")]
impl<T: ?Sized> MaybeSync for T {}
