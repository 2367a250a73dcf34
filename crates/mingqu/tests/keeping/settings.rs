//! Where a setting comes from, and what a mistake in the file meets.

use crate::{fails, mingqu, succeeds};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn write(path: &Path, text: &str, mode: u32) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, text).expect("written");
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("set");
}

/// The line of a setting, its columns joined by one space.
fn line(said: &str, key: &str) -> String {
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    said.lines()
        .map(words)
        .find(|line| line.starts_with(&format!("{key} ")))
        .unwrap_or_else(|| panic!("no {key} in {said}"))
}

#[test]
fn command_line_before_environment_before_file_before_default() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("data/mingqu.toml");
    let config = |arguments: &[&str]| mingqu(folder.path(), &[&["config"], arguments].concat());

    let said = succeeds(&mut config(&[]));
    assert_eq!(line(&said, "listen"), "listen 127.0.0.1:8080 [缺省]");
    assert!(said.contains("配置文件  （没有）"), "{said}");

    write(&file, "listen = \"127.0.0.1:1\"\n", 0o644);
    let said = succeeds(&mut config(&[]));
    assert_eq!(line(&said, "listen"), "listen 127.0.0.1:1 [配置文件第1行]");
    assert_eq!(line(&said, "portal"), "portal 127.0.0.1:8081 [缺省]");

    let said = succeeds(config(&[]).env("MINGQU_LISTEN", "127.0.0.1:2"));
    assert_eq!(
        line(&said, "listen"),
        "listen 127.0.0.1:2 [环境变量 MINGQU_LISTEN]"
    );
    let said = succeeds(config(&["--listen", "127.0.0.1:3"]).env("MINGQU_LISTEN", "127.0.0.1:2"));
    assert_eq!(line(&said, "listen"), "listen 127.0.0.1:3 [命令行]");

    // The file is looked for where the data is, unless another one is named.
    let said = succeeds(&mut config(&["--data", "elsewhere"]));
    assert_eq!(line(&said, "listen"), "listen 127.0.0.1:8080 [缺省]");
    let other = folder.path().join("etc/other.toml");
    write(
        &other,
        "data = \"here\"\nrules = \"/srv/rules\"\nfiles = \"s3://b/p\"\ns3_key_id = \"k\"\ns3_secret = \"x\"\n",
        0o600,
    );
    let said = succeeds(config(&[]).env("MINGQU_CONFIG", "etc/other.toml"));
    assert_eq!(line(&said, "data"), "data etc/here [配置文件第1行]");
    assert_eq!(line(&said, "rules"), "rules /srv/rules [配置文件第2行]");
    assert_eq!(line(&said, "listen"), "listen 127.0.0.1:8080 [缺省]");
    assert!(said.contains("附件存放在 s3://b/p"), "{said}");
}

#[test]
fn what_is_secret_is_not_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("data/mingqu.toml");
    let text = "database = \"postgres://a:hush@h/d\"\ns3_secret = \"quiet\"\n";
    write(&file, text, 0o600);
    let said = succeeds(&mut mingqu(folder.path(), &["config"]));
    assert_eq!(
        line(&said, "database"),
        "database postgres://a:***@h/d [配置文件第1行]"
    );
    assert_eq!(
        line(&said, "s3_secret"),
        "s3_secret （已设定，不显示） [配置文件第2行]"
    );
    let said =
        succeeds(mingqu(folder.path(), &["config", "--help"]).env("MINGQU_S3_SECRET", "whisper"));
    assert!(
        !said.contains("whisper") && !said.contains("hush"),
        "{said}"
    );

    // Nor may others read it where it stands.
    write(&file, text, 0o640);
    let said = fails(&mut mingqu(folder.path(), &["config"]));
    assert!(
        said.contains("第1行的 database") && said.contains("chmod 600"),
        "{said}"
    );
}

#[test]
fn a_mistake_in_the_file_keeps_the_program_from_starting() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("data/mingqu.toml");
    for (text, expected) in [
        (
            "listen = \"127.0.0.1:1\"\nport = 1\n",
            "第2行：不认识的设定“port”",
        ),
        ("listen = 8080\n", "第1行：listen 应为加引号的文字"),
        (
            "portal = \"8080\"\n",
            "第1行：portal 的值“8080”不能用：应写作“地址:端口”",
        ),
        ("\nlisten: 1\n", "第2行：不是 TOML 的写法"),
        ("upload_limit = \"很大\"\n", "应为字节数"),
        ("log = \"loud\"\n", "应为 error、warn"),
        (
            "data = \"other\"\n",
            "第1行：这个文件在数据文件夹里，不能再写 data",
        ),
    ] {
        write(&file, text, 0o644);
        let said = fails(&mut mingqu(folder.path(), &["serve"]));
        assert!(
            said.contains(expected) && said.contains("mingqu.toml"),
            "{text}: {said}"
        );
    }
    fs::write(&file, [0xff, 0xfe]).expect("written");
    let said = fails(&mut mingqu(folder.path(), &["serve"]));
    assert!(said.contains("不能读取配置文件"), "{said}");
    // One that was named must be there.
    let said = fails(&mut mingqu(
        folder.path(),
        &["--config", "none.toml", "serve"],
    ));
    assert!(said.contains("不能读取配置文件 none.toml"), "{said}");
    // What is wrong on the command line or in the environment is named too.
    let said = fails(mingqu(folder.path(), &["config", "--data", "d"]).env("MINGQU_LISTEN", "80"));
    assert!(said.contains("应写作“地址:端口”"), "{said}");
}

#[test]
fn what_a_bucket_lacks_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = fails(&mut mingqu(folder.path(), &["config", "--files", "s3://b"]));
    assert!(said.contains("还须设定 s3_key_id"), "{said}");
    let secret = folder.path().join("secret");
    write(&secret, "x\n", 0o644);
    let with_file = [
        "config",
        "--files",
        "s3://b",
        "--s3-key-id",
        "k",
        "--s3-secret-file",
        "secret",
    ];
    let said = fails(&mut mingqu(folder.path(), &with_file));
    assert!(said.contains("secret 的权限是 644"), "{said}");
    write(&secret, "x\n", 0o600);
    succeeds(&mut mingqu(folder.path(), &with_file));
    let said = fails(mingqu(folder.path(), &with_file).env("MINGQU_S3_SECRET", "y"));
    assert!(said.contains("只能设一个"), "{said}");
}

#[test]
fn what_a_provider_of_identities_lacks_is_said_and_its_secret_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("data/mingqu.toml");
    let config = || mingqu(folder.path(), &["config"]);
    assert!(!succeeds(&mut config()).contains("回调地址"));
    write(&file, "oidc_issuer = \"https://id.example\"\n", 0o644);
    let said = fails(&mut config());
    assert!(
        said.contains("还须设定 oidc_client_id、oidc_client_secret_file、oidc_redirect_base"),
        "{said}"
    );
    let all = |issuer: &str, base: &str| {
        format!(
            "oidc_issuer = \"{issuer}\"\noidc_client_id = \"mingqu\"\noidc_client_secret_file = \"secret\"\noidc_redirect_base = \"{base}\"\n"
        )
    };
    let (issuer, base) = ("https://id.example/realms/water", "https://mingqu.example/");
    write(&file, &all(issuer, base), 0o644);
    let said = fails(&mut config());
    assert!(said.contains("不能读取密钥文件"), "{said}");
    let secret = folder.path().join("data/secret");
    write(&secret, "hush\n", 0o644);
    let said = fails(&mut config());
    assert!(said.contains("的权限是 644"), "{said}");
    write(&secret, "hush\n", 0o600);
    let said = succeeds(&mut config());
    assert!(
        said.contains("回调地址应为 https://mingqu.example/sign-in/provider/back"),
        "{said}"
    );
    assert_eq!(line(&said, "oidc_name"), "oidc_name 统一身份认证 [缺省]");
    assert!(!said.contains("hush"), "{said}");
    for (issuer, base, names) in [
        ("http://id.example", base, "oidc_issuer"),
        (issuer, "http://10.1.1.1", "oidc_redirect_base"),
        (issuer, "mingqu.example", "oidc_redirect_base"),
        ("https://id.example?tenant=1", base, "oidc_issuer"),
    ] {
        write(&file, &all(issuer, base), 0o644);
        // The program that would serve says the same, before it touches anything.
        for command in ["config", "serve"] {
            let said = fails(&mut mingqu(folder.path(), &[command]));
            assert!(
                said.contains(&format!("{names} 的值")) && said.contains("不能用：应为 https://"),
                "{command}: {said}"
            );
        }
        assert!(!folder.path().join("data/record.sqlite").exists());
    }
    let too_long = format!("{}oidc_name = \"{}\"\n", all(issuer, base), "名".repeat(21));
    write(&file, &too_long, 0o644);
    let said = fails(&mut config());
    assert!(said.contains("1到20个字"), "{said}");
}
