//! Puts the built dashboard (`dashboard/dist`) into the program: every file with its packed forms, as a table for `dashboard.rs`.
//! Without it the table is empty, so that this crate compiles in a clone where nothing was built.

use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let dist = root.join("../../dashboard/dist");
    // What is watched must be there: cargo would build anew each time. A checkout that cannot be written has nothing to watch.
    drop(fs::create_dir_all(&dist));
    println!("cargo::rerun-if-changed={}", dist.display());
    let mut files = Vec::new();
    collect(&dist, &mut files)?;
    files.sort();
    let mut table = String::from("&[\n");
    for file in files.iter().filter(|file| !is_packed(file)) {
        let name =
            file.strip_prefix(&dist)?.to_str().ok_or("a file of the dashboard has no name in UTF-8")?;
        let (plain, brotli, gzip) = (include(file)?, packed(file, "br")?, packed(file, "gz")?);
        writeln!(table, "File {{ name: {name:?}, plain: {plain}, brotli: {brotli}, gzip: {gzip} }},")?;
    }
    table.push(']');
    fs::write(Path::new(&env::var("OUT_DIR")?).join("dashboard_files.rs"), table)?;
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { collect(&path, files)? } else { files.push(path) }
    }
    Ok(())
}

fn is_packed(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "br" || extension == "gz")
}

fn packed(file: &Path, extension: &str) -> Result<String, Box<dyn Error>> {
    let path = PathBuf::from(format!("{}.{extension}", file.display()));
    if path.is_file() { Ok(format!("Some({})", include(&path)?)) } else { Ok("None".to_owned()) }
}

fn include(file: &Path) -> Result<String, Box<dyn Error>> {
    let path = fs::canonicalize(file)?;
    Ok(format!("include_bytes!({:?})", path.to_str().ok_or("the path of the checkout is not UTF-8")?))
}
