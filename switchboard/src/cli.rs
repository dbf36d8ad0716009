//! The command line. Every refusal is one clear sentence on standard error and an exit code that is not 0.
#![allow(clippy::print_stdout, reason = "a command line talks")]
#![allow(clippy::print_stderr, reason = "a command line talks")]

use crate::config::{Config, Limits, Tls};
use crate::keys::Keys;
use crate::server::Server;
use crate::sim;
use crate::store::{LogHead, Store};
use clap::{Parser, Subcommand};
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use wire::{PASSWORD_LEAST, Secret};

/// Serves the desk, its SIP exchange, sign-in, history and live feed.
#[derive(Parser)]
#[command(name = "switchboard", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve with a configuration file.
    Serve {
        /// The TOML file; see `portico.example.toml`.
        #[arg(long)]
        config: PathBuf,
    },
    /// Serve sample people on this machine only, with a password that everybody knows.
    Demo {
        /// Port on 127.0.0.1; 0 takes a free one.
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// Directory of the built app.
        #[arg(long)]
        app: Option<PathBuf>,
        /// Where database and keys are kept.
        #[arg(long)]
        data: PathBuf,
    },
    /// Read a password from standard input and print its hash for the configuration.
    HashPassword {
        /// The TOML file whose cost of hashing (`argon2_kib`, `argon2_passes`) counts; without it that of a file that names none.
        #[arg(long)]
        config: Option<PathBuf>,
    },
    /// Make a random password for a SIP device of a person and print it once.
    DevicePassword {
        /// The TOML file.
        #[arg(long)]
        config: PathBuf,
        /// `user`, or `user@domain` where there are several tenants.
        #[arg(long)]
        user: String,
        /// What the device is called in lists.
        #[arg(long, default_value = "device")]
        label: String,
    },
    /// Make a password for one sign-in, which sets another, and print it once: the way back in for whoever administers.
    OneTimePassword {
        /// The TOML file.
        #[arg(long)]
        config: PathBuf,
        /// `user`, or `user@domain` where there are several tenants.
        #[arg(long)]
        user: String,
    },
    /// Run a simulated door station, for the demo and the tests.
    Station(Box<StationArguments>),
    /// Look after the access and audit log.
    #[command(subcommand)]
    Audit(Audit),
}

#[derive(Subcommand)]
enum Audit {
    /// Prove that the log is as it was written, or name the first row that is not.
    Verify {
        /// The TOML file.
        #[arg(long)]
        config: PathBuf,
        /// A head that was published earlier: `<number>:<mac>`.
        #[arg(long)]
        head: Option<String>,
    },
}

/// What a simulated station is told. The defaults are a station as it leaves the factory.
#[derive(clap::Args)]
struct StationArguments {
    /// Name on its page.
    #[arg(long, default_value = "north")]
    name: String,
    /// Address of the station itself: API and pictures.
    #[arg(long, default_value = "127.0.0.1:12000")]
    listen: SocketAddr,
    /// Address of its page, which is no part of a real station.
    #[arg(long, default_value = "127.0.0.1:12001")]
    page: SocketAddr,
    /// Login of the API: none, basic or digest.
    #[arg(long, default_value = "digest", value_parser = |word: &str| sim::Mode::parse(word).ok_or("write none, basic or digest"))]
    login: sim::Mode,
    /// User of the API.
    #[arg(long, default_value = "admin")]
    user: String,
    /// Password of the API.
    #[arg(long, default_value = "admin")]
    password: String,
    /// Code of relay 1.
    #[arg(long, default_value = "1111")]
    code_1: String,
    /// Code of relay 2.
    #[arg(long, default_value = "2222")]
    code_2: String,
    /// Token of the pictures.
    #[arg(long, default_value = "portico")]
    token: String,
    /// Speak HTTPS with a certificate of a private CA that is kept in this directory.
    #[arg(long)]
    private_ca: Option<PathBuf>,
    /// Names and addresses that the certificate is for.
    #[arg(long, default_value = "127.0.0.1")]
    tls_name: Vec<String>,
    /// Where it registers: `ws://host:port/sip`. Without it the station does not ring.
    #[arg(long, requires = "rings")]
    sip: Option<String>,
    /// SIP domain.
    #[arg(long, default_value = "portico.test")]
    sip_domain: String,
    /// SIP user, also for digest.
    #[arg(long, default_value = "north")]
    sip_user: String,
    /// SIP password.
    #[arg(long, default_value = "portico")]
    sip_password: String,
    /// Whom it rings: a name of its domain or a SIP address.
    #[arg(long)]
    rings: Option<String>,
    /// End with the standard input: whoever started the station holds it open.
    #[arg(long)]
    while_fed: bool,
    /// Address of this machine that carries its sound and picture; may be given several times.
    #[arg(long, default_value = "127.0.0.1")]
    media: Vec<IpAddr>,
}

/// Runs the command line.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let filter =
        tracing_subscriber::EnvFilter::try_from_env("PORTICO_LOG").unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,sqlx=warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(std::io::stderr().is_terminal()).with_writer(std::io::stderr).init();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(e) => return fail(&format!("the system gives no threads: {e}")),
    };
    let done = runtime.block_on(async {
        match arguments.command {
            Command::Serve { config } => serve(load(&config)?, &[]).await,
            Command::Demo { port, app, data } => demo(port, app, data).await,
            Command::HashPassword { config: None } => hash_password(&Limits::default()),
            Command::HashPassword { config: Some(config) } => hash_password(&load(&config)?.limits),
            Command::DevicePassword { config, user, label } => device_password(load(&config)?, &user, &label).await,
            Command::OneTimePassword { config, user } => one_time_password(load(&config)?, &user).await,
            Command::Station(arguments) => station(*arguments).await,
            Command::Audit(Audit::Verify { config, head }) => verify_log(&load(&config)?, head.as_deref()).await,
        }
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => fail(&sentence),
    }
}

fn fail(sentence: &str) -> ExitCode {
    eprintln!("switchboard: {sentence}");
    ExitCode::FAILURE
}

fn load(path: &std::path::Path) -> Result<Config, String> {
    Config::load(path).map_err(|e| e.to_string())
}

async fn demo(port: u16, app: Option<PathBuf>, data: PathBuf) -> Result<(), String> {
    let port = crate::demo::free_port(port).await?;
    let mut config = crate::demo::config(port, app, data)?;
    let stations = crate::demo::Stations::start(port).await?;
    config.tenants[0].doors = stations.doors();
    let served = serve(config, &stations.pages()).await;
    stations.stop().await;
    served
}

/// Serves until a signal; what else there is to use is said once it can be used.
async fn serve(config: Config, besides: &[String]) -> Result<(), String> {
    // The signals are caught before anybody can learn that the server is ready.
    let signal = stop_signal()?;
    let server = Server::start(config).await?;
    for line in besides {
        println!("{line}");
    }
    println!("ready {}", server.url());
    // Whoever started us may read a pipe.
    std::io::stdout().flush().map_err(|e| e.to_string())?;
    signal.await;
    server.stop().await;
    Ok(())
}

async fn station(arguments: StationArguments) -> Result<(), String> {
    let signal = stop_signal()?;
    let (domain, user, password, media) = (arguments.sip_domain, arguments.sip_user, arguments.sip_password, arguments.media);
    let line = arguments.sip.zip(arguments.rings).map(|(url, rings)| sim::Line { url, domain, user, password, rings, media });
    let settings = sim::Settings {
        name: arguments.name,
        listen: arguments.listen,
        page: arguments.page,
        mode: arguments.login,
        user: arguments.user,
        password: arguments.password,
        codes: [arguments.code_1, arguments.code_2],
        token: arguments.token,
        tls: arguments.private_ca.map(|directory| Tls::PrivateCa { directory, names: arguments.tls_name }),
        line,
    };
    let station = sim::Station::start(settings).await?;
    println!("ready {} page http://{}/demo", station.device(), station.page());
    std::io::stdout().flush().map_err(|e| e.to_string())?;
    tokio::select! {
        () = signal => {}
        () = starved(), if arguments.while_fed => {}
    }
    station.stop().await;
    Ok(())
}

/// Returns at the end of the standard input. A thread of its own reads it: the runtime could not end while it waits there.
async fn starved() {
    let (over, wait) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        // An error is as good an end as any.
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        let _ = over.send(());
    });
    let _ = wait.await;
}

#[cfg(unix)]
fn stop_signal() -> Result<impl Future<Output = ()>, String> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|e| e.to_string())?;
    let mut terminate = signal(SignalKind::terminate()).map_err(|e| e.to_string())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop_signal() -> Result<impl Future<Output = ()>, String> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

fn hash_password(limits: &Limits) -> Result<(), String> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(|e| e.to_string())?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.chars().count() < PASSWORD_LEAST {
        return Err(format!("a password has at least {PASSWORD_LEAST} characters"));
    }
    println!("{}", crate::http::hash_password(&Secret::new(password), limits)?);
    Ok(())
}

async fn device_password(config: Config, user: &str, label: &str) -> Result<(), String> {
    let store = open(&config).await?;
    let password = crate::accounts::new_device(&store, &config, user, label).await?;
    println!("{}", password.expose());
    store.close().await;
    Ok(())
}

async fn one_time_password(config: Config, user: &str) -> Result<(), String> {
    let store = open(&config).await?;
    let password = crate::accounts::new_one_time_password(&store, &config, user).await?;
    println!("{}", password.expose());
    store.close().await;
    Ok(())
}

async fn verify_log(config: &Config, head: Option<&str>) -> Result<(), String> {
    let published = head.map(parse_head).transpose()?;
    let store = open(config).await?;
    let verdict = store.verify_log(published.as_ref()).await.map_err(|e| e.to_string())?;
    store.close().await;
    let verified = verdict.map_err(|fault| fault.to_string())?;
    println!("the log is as it was written: {} rows, {} erased values", verified.head.seq, verified.erased);
    println!("head {}:{}", verified.head.seq, verified.head.mac);
    Ok(())
}

async fn open(config: &Config) -> Result<Store, String> {
    let keys = Keys::load_or_create(&config.store.keys).map_err(|e| e.to_string())?;
    Store::open(config.store.url.expose(), keys).await.map_err(|e| e.to_string())
}

fn parse_head(text: &str) -> Result<LogHead, String> {
    let head = text.split_once(':').and_then(|(seq, mac)| Some(LogHead { seq: seq.parse().ok()?, mac: mac.to_owned() }));
    head.ok_or_else(|| format!("`{text}` is not a head: write `<number>:<mac>` as `audit verify` printed it"))
}
