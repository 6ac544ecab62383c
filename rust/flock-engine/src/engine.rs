//! The engine of a trial: one step of the physics a tick.

use std::collections::BTreeMap;

use crate::control::{Assignment, Config};
use crate::error::{Context, Error, Result};
use crate::lap::{Meter, calibrate};
use crate::link::Link;
use crate::report::{Metrics, Report, Sample};
use crate::sampler::{Sampler, is_rare};
use crate::stretch::Cutter;
use crate::window::Window;
use crate::world::{PolicyBytes, Turn, World, generation};

/// The name of the role.
const ROLE: &str = "engine";

/// Steps the flock in the hub. The step reads and writes the hub's memory itself: no
/// frame is copied.
#[derive(Debug)]
pub struct Engine {
    config: Config,
    link: Link,
    world: World,
    meter: Meter,
    sampler: Sampler,
    cutter: Cutter,
    stepped: Option<u64>, // the generation of the last step
}

impl Engine {
    /// Maps the hub, builds the world, and writes the frame before the first tick to
    /// the last slot, which is read by the first step and never published.
    pub fn open(a: &Assignment) -> Result<Self> {
        suits(a)?;
        let policy: PolicyBytes = a.setup.policy[..]
            .try_into()
            .during(|| format!("a policy of {} bytes", a.setup.policy.len()))?;
        let world = World::new(a.config.boids, &policy)?;
        let link = Link::open(a)?;
        // SAFETY: no reader looks at a slot without an epoch.
        let first = unsafe { link.frame_mut(link.current()) }?;
        world.seed(first, &policy, a.config.seed)?;
        let cost = calibrate();
        Ok(Self {
            config: a.config.clone(),
            link,
            world,
            meter: Meter::new(cost),
            sampler: Sampler::new(a.draw, cost),
            cutter: Cutter::new(&a.config),
            stepped: None,
        })
    }

    /// Runs every tick and returns what was measured in the window.
    pub fn run(&mut self) -> Result<Report> {
        let (warm, last) = (self.config.warm_up, self.config.last_epoch());
        let mut window = Window::default();
        for epoch in 0..=last {
            if epoch == warm / 2 {
                self.sampler.observe(self.meter.entered());
            }
            if epoch == warm {
                self.sampler.settle(&self.config, self.meter.entered());
                window = Window::open(&mut self.meter, self.link.syscalls())?;
            }
            self.cutter.pass(epoch);
            if epoch == last {
                window.shut(&mut self.meter, self.link.syscalls())?;
            }
            self.tick(epoch).during(|| format!("tick {epoch}"))?;
        }
        self.report(&window)
    }

    /// Runs one tick. It allocates nothing.
    fn tick(&mut self, epoch: u64) -> Result<()> {
        let rare = is_rare(epoch);
        let sampled = self.config.measured(epoch) && self.sampler.draw(rare);
        self.meter.tick(rare, sampled);
        let policy = self.link.acquire_policy(&mut self.meter, epoch)?;
        let from = self.link.current();
        let to = self.link.loan(&mut self.meter, epoch)?;
        if to >= self.config.slots || to == from {
            let (slots, n) = (self.config.slots, from);
            return Err(Error::new(format!(
                "loaned slot {to} of {slots}, the last frame is in {n}"
            )));
        }
        self.step(&policy, from, to)?;
        self.link.publish(&mut self.meter, to, epoch)
    }

    /// Steps from the frame in one slot to that in another, which is on loan.
    fn step(&mut self, policy: &PolicyBytes, from: usize, to: usize) -> Result<()> {
        let generation = generation(policy);
        // A new generation is handed out in the order of cells.
        let renumber = self.stepped != Some(generation);
        // SAFETY: the frame of this policy is not published yet; the last frame is not
        // on loan, and the other slot is: they differ.
        let (genome, from, to) = unsafe {
            (self.link.genome(generation)?, self.link.frame(from)?, self.link.frame_mut(to)?)
        };
        self.world.step(Turn { policy, genome, from, to, renumber })?;
        self.stepped = Some(generation);
        Ok(())
    }

    fn report(&self, window: &Window) -> Result<Report> {
        let mut metrics = Metrics::default();
        metrics.charge(&self.meter.total());
        metrics.count(&window.usage);
        for (name, value) in [
            ("wall_ns", window.wall as f64),
            ("process_cpu_ns", window.cpu as f64),
            ("stride", self.sampler.stride() as f64),
            ("wire_bytes", 0.0),
            ("copied_bytes", 0.0),
            ("syscalls", window.syscalls as f64),
            ("mean_neighbours", self.world.mean_neighbours()),
        ] {
            metrics.set(name, value);
        }
        let sample = Sample {
            worker: ROLE,
            pid: std::process::id(),
            metrics,
            series: self.cutter.series(),
            evidence: self.evidence()?,
            proof: self.link.prove(self.link.current())?,
        };
        Ok(Report { samples: [sample] })
    }

    /// The hash of the genes where the physics reads them.
    fn evidence(&self) -> Result<BTreeMap<&'static str, String>> {
        let generation = self.stepped.ok_or_else(|| Error::new("no tick was run"))?;
        // SAFETY: the last policy of the trial named it.
        let genome = unsafe { self.link.genome(generation) }?;
        let hash = format!("{:016x}", self.world.genome_hash(genome));
        Ok(BTreeMap::from([("genome", hash)]))
    }
}

/// Refuses what this program cannot do.
fn suits(a: &Assignment) -> Result<()> {
    if a.role != ROLE {
        return Err(Error::new(format!("asked to be the {}: this program is an engine", a.role)));
    }
    if a.scenario != "flock" {
        return Err(Error::new(format!("the native engine knows no scenario {}", a.scenario)));
    }
    let last = a.config.warm_up.checked_add(a.config.ticks);
    if last.is_none_or(|last| last >= i64::MAX as u64) {
        return Err(Error::new("a trial of absurdly many ticks"));
    }
    Ok(())
}
