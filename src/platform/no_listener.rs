//! For systems that tell no thread that its process was stopped.

/// Would hear of stops of the process.
#[derive(Debug)]
pub enum StopListener {}

impl StopListener {
    /// None: it cannot be had.
    pub fn on_this_thread() -> Option<StopListener> {
        None
    }

    /// Never called.
    pub fn wait(&self) -> bool {
        match *self {}
    }
}
