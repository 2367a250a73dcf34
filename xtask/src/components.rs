//! What the tests and the product need from the operating system, and how it gets there.
//!
//! A component is looked for by the file or command that is really used, not by the package data base, so that a
//! machine which has it from elsewhere is left alone. Missing ones come from the distribution's own packages.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// Something outside the workspace that a task needs.
pub(crate) struct Component {
    purpose: &'static str,
    packages: &'static [&'static str],
    is_present: fn() -> bool,
}

/// Enough to build and run the product.
pub(crate) const FOR_RUNNING: &[Component] = &[C_COMPILER];

/// Enough to measure it.
pub(crate) const FOR_MEASURING: &[Component] = &[C_COMPILER, POSTGRES];

/// What the public portal and the desk are measured beside.
pub(crate) const FOR_PEERS: &[Component] = &[
    Component {
        purpose: "nginx（测量公众门户时的对照）",
        packages: &["nginx-light"],
        is_present: || Path::new("/usr/sbin/nginx").exists(),
    },
    NODE,
    Component {
        purpose: "C++ 编译器、make 和 Python（编译 Directus 的部件）",
        packages: &["g++", "make", "python3"],
        is_present: || is_command("c++") && is_command("make") && is_command("python3"),
    },
];

/// Everything that the tests need besides.
pub(crate) const FOR_TESTING: &[Component] = &[
    C_COMPILER,
    POSTGRES,
    Component {
        purpose: "Chromium 及其中文界面（浏览器走查）",
        packages: &["chromium", "chromium-l10n"],
        is_present: || {
            Path::new("/usr/bin/chromium").exists()
                && Path::new("/usr/lib/chromium/locales/zh-CN.pak").exists()
        },
    },
    Component {
        purpose: "中文字体（截图与打印）",
        packages: &["fonts-noto-cjk"],
        is_present: || Path::new("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc").exists(),
    },
    Component {
        purpose: "Go 与其日志库（独立核对默克尔日志）",
        packages: &["golang-go", "golang-golang-x-mod-dev"],
        is_present: || {
            is_command("go") && Path::new("/usr/share/gocode/src/golang.org/x/mod/sumdb").exists()
        },
    },
    NODE,
    Component {
        purpose: "Python（测试用的 S3 兼容存储、接口的模糊测试）",
        packages: &["python3", "python3-venv"],
        is_present: || {
            Command::new("python3")
                .args(["-c", "import ensurepip, venv"])
                .output()
                .is_ok_and(|output| output.status.success())
        },
    },
];

const NODE: Component = Component {
    purpose: "Node.js 与 npm（驱动浏览器，以及测量时的对照）",
    packages: &["nodejs", "npm"],
    is_present: || is_command("node") && is_command("npm"),
};

// Contract tests, and the bench.
const POSTGRES: Component = Component {
    purpose: "PostgreSQL（账本的契约测试与测量）",
    packages: &["postgresql"],
    // `initdb` lies outside the search path in Debian's packaging.
    is_present: || is_command("initdb") || has_child("/usr/lib/postgresql", "bin/initdb"),
};

// The linker of every crate, the compiler of the embedded SQLite and of the faults that tests load into a program.
const C_COMPILER: Component = Component {
    purpose: "C 编译器（内嵌的 SQLite）",
    packages: &["gcc", "libc6-dev"],
    is_present: || is_command("cc"),
};

/// Installs whatever of `components` is missing, or says what to type.
pub(crate) fn install_missing(components: &[Component]) -> Result<()> {
    let missing: Vec<&Component> = components
        .iter()
        .filter(|component| !(component.is_present)())
        .collect();
    if missing.is_empty() {
        println!("所需的系统组件已齐备。");
        return Ok(());
    }
    let packages: Vec<&str> = missing
        .iter()
        .flat_map(|component| component.packages.iter().copied())
        .collect();
    for component in &missing {
        println!(
            "缺少：{}（软件包 {}）",
            component.purpose,
            component.packages.join("、")
        );
    }
    if !is_root() {
        bail!("请先执行：{}", by_hand(&packages));
    }
    println!("正在安装 {} ……", packages.join(" "));
    // The package lists may be absent or old, and refreshing them costs more than one failed try.
    let is_installed = apt_install(&packages)? || (apt(&["update"])? && apt_install(&packages)?);
    if !is_installed {
        bail!("安装失败，请检查网络与软件源后执行：{}", by_hand(&packages));
    }
    if let Some(absent) = missing.iter().find(|component| !(component.is_present)()) {
        bail!("软件包已安装，但仍找不到：{}", absent.purpose);
    }
    Ok(())
}

/// The browser driver, exactly as locked; it never fetches a browser of its own.
pub(crate) fn install_browser_driver(root: &Path) -> Result<()> {
    let mut install = npm_ci(&root.join("e2e"));
    install
        .arg("--ignore-scripts")
        .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    if !install.status().context("无法启动 npm")?.success() {
        bail!("浏览器驱动安装失败，请在 e2e/ 目录执行：npm ci --ignore-scripts");
    }
    Ok(())
}

/// The platform that recording an act is measured beside, exactly as locked. Some of its parts are compiled here.
pub(crate) fn install_directus(root: &Path) -> Result<()> {
    let folder = root.join("peers/directus");
    if folder.join("node_modules/.bin/directus").exists() {
        return Ok(());
    }
    println!("正在安装 Directus（只供对照，数分钟）……");
    let is_done = npm_ci(&folder).status().context("无法启动 npm")?.success();
    if !is_done {
        bail!("Directus 安装失败，请在 peers/directus/ 目录执行：npm ci");
    }
    Ok(())
}

/// The packages of a folder, exactly as its lock file says.
fn npm_ci(folder: &Path) -> Command {
    let mut command = Command::new("npm");
    command
        .args(["ci", "--prefer-offline", "--no-audit", "--no-fund"])
        .arg("--loglevel=error")
        .current_dir(folder)
        .stdin(Stdio::null());
    command
}

/// The S3-compatible server of the tests, exactly as locked.
pub(crate) fn install_s3_server(root: &Path) -> Result<()> {
    install_python(
        root,
        "测试用的 S3 兼容存储",
        "s3-server",
        "s3-requirements.txt",
    )
}

/// What tries the API with inputs nobody thought of, exactly as locked.
pub(crate) fn install_api_fuzzer(root: &Path) -> Result<()> {
    install_python(root, "接口的模糊测试", ".venv", "api-requirements.txt")
}

/// Python packages in a folder of their own below `e2e/`, each with the hash that is written down for it.
fn install_python(root: &Path, purpose: &str, folder: &str, requirements: &str) -> Result<()> {
    let e2e = root.join("e2e");
    let run = |program: &Path, arguments: &[&str]| -> Result<bool> {
        Ok(Command::new(program)
            .args(arguments)
            .current_dir(&e2e)
            .stdin(Stdio::null())
            .status()
            .with_context(|| format!("无法启动 {}", program.display()))?
            .success())
    };
    let install = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
        "--requirement",
        requirements,
    ];
    let is_done = run(Path::new("python3"), &["-m", "venv", folder])?
        && run(&e2e.join(folder).join("bin/python"), &install)?;
    if !is_done {
        bail!(
            "{purpose}安装失败，请在 e2e/ 目录执行：python3 -m venv {folder} && {folder}/bin/pip install --require-hashes -r {requirements}"
        );
    }
    Ok(())
}

/// Whether the search path has an entry of this name.
#[expect(
    clippy::disallowed_methods,
    reason = "the search path of this machine is what is asked for"
)]
pub(crate) fn is_command(name: &str) -> bool {
    // An empty path finds nothing, which is then reported as missing.
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(name).is_file()))
}

fn has_child(parent: &str, inside: &str) -> bool {
    std::fs::read_dir(parent).is_ok_and(|entries| {
        entries
            .flatten()
            .any(|entry| entry.path().join(inside).is_file())
    })
}

fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn by_hand(packages: &[&str]) -> String {
    format!(
        "sudo apt-get update && sudo apt-get install -y --no-install-recommends {}",
        packages.join(" ")
    )
}

fn apt_install(packages: &[&str]) -> Result<bool> {
    let mut arguments = vec!["install", "-y", "-q", "--no-install-recommends"];
    arguments.extend(packages);
    apt(&arguments)
}

fn apt(arguments: &[&str]) -> Result<bool> {
    Ok(Command::new("apt-get")
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .status()
        .context("无法启动 apt-get")?
        .success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_found_only_when_it_exists() {
        assert!(is_command("cargo"));
        assert!(!is_command("no-such-command-anywhere"));
    }

    #[test]
    fn nothing_is_installed_when_nothing_is_missing() {
        let present = Component {
            purpose: "present",
            packages: &["no-such-package"],
            is_present: || true,
        };
        install_missing(&[present]).expect("nothing was missing");
    }
}
