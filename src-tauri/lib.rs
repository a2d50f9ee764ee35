//! Hubwright sets up a JupyterHub on AWS, one page at a time.
//!
//! Words: a **step** is one page and the one thing it brings about; a **form** and its **fields** are what it asks; a
//! **problem** is anything a user can be told is wrong, with what to do; a **plan** is what apply would do; an **event**
//! is anything the backend says while it works; a **job** is a subprocess that outlives the window; a **tool** is a way
//! for steps to touch the world; a **deployment** is one hub being set up; a **site** is an institution's constants;
//! the **practice account** is the AWS look-alike on this computer; a **blueprint** is a Terraform module that ships
//! with Hubwright.
//!
//! Dependency rule: `desktop, headless → wizard → steps → tools → engine`, and nothing the other way. `practice` is
//! reached only from `main`, `desktop`, `headless` and tests. `tests/house.rs` holds the rule.

pub mod answers;
#[cfg(feature = "desktop")]
pub mod desktop;
pub mod engine;
pub mod headless;
pub mod practice;
pub mod site;
pub mod steps;
pub mod tools;
pub mod wizard;

#[global_allocator]
static MEMORY: engine::memory::Memory = engine::memory::Memory;
