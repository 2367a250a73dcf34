//! The address of the staff pages answers from the first second: how far a demonstration is, and then its pages.
//!
//! One listener does both, so that nobody who asks in between is turned away.

use crate::serve::bind;
use anyhow::{Context, Result};
use axum::Router;
use axum::extract::Request;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tower::ServiceExt;
use web::Progress;

/// The staff's address before its pages are there.
pub(crate) struct Preparing {
    address: SocketAddr,
    door: Arc<Door>,
    stop: watch::Sender<()>,
    serving: JoinHandle<io::Result<()>>,
}

/// What stands behind the address.
#[derive(Default)]
struct Door {
    progress: RwLock<Progress>,
    pages: OnceLock<Router>,
}

impl Preparing {
    /// Opens the address.
    pub(crate) async fn open(address: SocketAddr) -> Result<Preparing> {
        let listener = bind(address, "工作人员页面").await?;
        let address = listener.local_addr().context("不能读取监听地址")?;
        let door = Arc::new(Door::default());
        let (stop, mut stopped) = watch::channel(());
        let router = in_turn(Arc::clone(&door));
        let serving = tokio::spawn(async move {
            axum::serve(listener, router)
                .with_graceful_shutdown(async move {
                    // An error means that the sender is gone: that is the sign.
                    let _ = stopped.changed().await;
                })
                .await
        });
        Ok(Preparing {
            address,
            door,
            stop,
            serving,
        })
    }

    /// Where it is.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Says how far it is.
    pub(crate) fn tell(&self, done: usize, total: usize, text: &str) {
        let progress = self.door.progress.write();
        *progress.unwrap_or_else(PoisonError::into_inner) = Progress {
            done,
            total,
            text: text.to_owned(),
        };
    }

    /// From now on these pages, until the sender of `stopped` is gone.
    pub(crate) async fn serve(
        self,
        pages: Router,
        mut stopped: watch::Receiver<()>,
    ) -> io::Result<()> {
        // Nobody else has this door, so its pages are set once.
        let _ = self.door.pages.set(pages);
        let mut serving = self.serving;
        tokio::select! {
            ended = &mut serving => return ended.map_err(io::Error::other)?,
            _ = stopped.changed() => {}
        }
        drop(self.stop);
        serving.await.map_err(io::Error::other)?
    }
}

/// The pages once they are there; before, the page that says how far it is.
fn in_turn(door: Arc<Door>) -> Router {
    let telling = {
        let door = Arc::clone(&door);
        move || {
            let progress = door.progress.read();
            progress.unwrap_or_else(PoisonError::into_inner).clone()
        }
    };
    let before = web::preparing(Arc::new(telling));
    Router::new().fallback(move |request: Request| {
        let pages = door.pages.get().cloned();
        let router = pages.unwrap_or_else(|| before.clone());
        async move {
            let answered: Result<_, Infallible> = router.oneshot(request).await;
            answered
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    async fn asked(address: SocketAddr) -> String {
        let mut stream = TcpStream::connect(address).await.expect("open");
        let request = b"GET / HTTP/1.1\r\nHost: staff\r\nConnection: close\r\n\r\n";
        stream.write_all(request).await.expect("written");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("text");
        answer
    }

    #[tokio::test]
    async fn the_address_says_how_far_it_is_and_then_shows_the_pages() {
        let local = "127.0.0.1:0".parse().expect("an address");
        let preparing = Preparing::open(local).await.expect("open");
        let address = preparing.address();
        preparing.tell(2, 7, "正在立案");
        let said = asked(address).await;
        for text in ["HTTP/1.1 503", "正在立案", "max=\"7\""] {
            assert!(said.contains(text), "{said}");
        }
        let pages = Router::new().route("/", get(|| async { Body::from("the pages") }));
        let (stop, stopped) = watch::channel(());
        let serving = tokio::spawn(preparing.serve(pages, stopped));
        // The task that serves has its turn when this one waits for an answer.
        let mut said = asked(address).await;
        while said.starts_with("HTTP/1.1 503") {
            said = asked(address).await;
        }
        assert!(said.ends_with("the pages"), "{said}");
        drop(stop);
        serving.await.expect("joined").expect("a clean end");
    }
}
