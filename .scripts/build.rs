//! Has the crate built again when the pages it carries were: their names change with their content,
//! which the compiler would not notice by itself.

fn main() {
    println!("cargo:rerun-if-changed=dashboards/dist");
    println!("cargo:rerun-if-changed=migrations");
}
