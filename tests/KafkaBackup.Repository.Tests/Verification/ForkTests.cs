using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Retention;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Tests.Epochs;
using KafkaBackup.Repository.Tests.Reading;
using KafkaBackup.Repository.Tests.Retention;
using KafkaBackup.Repository.Verification;
using KafkaBackup.Testing.Storage;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KafkaBackup.Repository.Tests.Verification;

/// <summary>Two writers at once on a store that looks whether a name is free, and then writes: the one thing that declaring a single writer is to prevent.</summary>
public sealed class ForkTests
{
    private const string Second = "epochs/00000000000000000002.json";
    private const string Third = "epochs/00000000000000000003.json";

    private readonly MemoryObjectStore memory = new();

    [Fact]
    public async Task A_fork_is_told_with_the_manifests_that_contradict_each_other_and_a_remedy()
    {
        await ForkAsync();

        foreach (var level in Enum.GetValues<VerificationLevel>())
        {
            var report = await new RepositoryVerifier(memory).VerifyAsync(level);

            var fork = Assert.Single(report.Findings);
            Assert.Equal((Third, 3), (fork.Object, fork.Epoch));
            var there = await (await SomeEpochs.OpenAsync(memory)).ReadEpochAsync(2);
            var third = await (await SomeEpochs.OpenAsync(memory)).ReadEpochAsync(3);
            Assert.StartsWith($"the chain forks: {Second} (core hash {there.CoreHash}, run-b on host-b, sealed 2026-03-01 12:00:00Z) and this one (run-3 on host-1, ", fork.Problem, StringComparison.Ordinal);
            Assert.Contains($"follows another epoch 2, of core hash {third.Core.Parent!.Core}", fork.Problem);
            Assert.Contains("two writers were at work at once", fork.Problem, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("can be restored by its number", fork.Remedy);
            Assert.Contains("into another repository", fork.Remedy);
            Assert.All(report.Restorable, epoch => Assert.True(epoch.IsReadable && epoch.Lost.Count == 0));
        }

        // Each side holds all of its own.
        var contents = await PruneRepositories.ContentsAsync(await SomeEpochs.OpenAsync(memory), [1, 2, 3]);
        Assert.Equal([10, 20, 40], Enumerable.Range(1, 3).Select(epoch => contents.Count(record => record.StartsWith($"{epoch} ", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task What_the_overwritten_epoch_left_is_verified_with_the_epoch_that_follows_it()
    {
        await ForkAsync();
        memory.Objects["topics/orders/life-1/run-2/orders-0/00000000000000000010.log"][100] ^= 1;

        var findings = (await new RepositoryVerifier(memory).VerifyAsync(VerificationLevel.Full)).Findings;

        Assert.Equal([Third, "topics/orders/life-1/run-2/orders-0/00000000000000000010.log"], findings.Select(finding => finding.Object));
    }

    [Fact]
    public async Task A_fork_stays_told_when_its_first_side_was_pruned()
    {
        await ForkAsync();
        await PrunerTests.PruneAsync(await SomeEpochs.OpenAsync(memory), new RetentionPolicy { KeepLast = 1 });

        var fork = Assert.Single((await new RepositoryVerifier(memory).VerifyAsync(VerificationLevel.Full)).Findings);

        Assert.Equal(Third, fork.Object);
        Assert.StartsWith("the chain forks: stubs/00000000000000000002.json", fork.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_chain_breaks_twice_the_manifest_in_between_was_brought_from_elsewhere()
    {
        await SomeRepository.FillAsync(memory);
        var other = new MemoryObjectStore();
        var foreign = await SomeEpochs.OpenAsync(other);
        var first = await foreign.CommitAsync(SomeEpochs.Core(null), SomeEpochs.Added(), SomeEpochs.Run(1));
        await foreign.CommitAsync(SomeEpochs.Core(first), SomeEpochs.Added(), SomeEpochs.Run(2));
        memory.Objects[Second] = other.Objects[Second];

        var broken = (await new RepositoryVerifier(memory).VerifyAsync(VerificationLevel.Quick)).Findings.Where(finding => finding.Problem.Contains("chain")).ToList();

        Assert.Equal([Second, Third], broken.Select(finding => finding.Object));
        Assert.EndsWith("the chain is broken", broken[1].Problem, StringComparison.Ordinal);
        Assert.Contains($"bring {Third} or {Second}", broken[1].Remedy);
    }

    /// <summary>Writers A and B both see number 2 free. A writes it, goes on to number 3, and has looked at its parent, when B's manifest comes and takes A's place.</summary>
    private async Task ForkAsync()
    {
        var first = await SomeEpochs.CommitAsync(await SomeEpochs.OpenAsync(memory), null, "orders", 0, 10, SomeRecords.Batch(0, 10, 1));
        var (b, a) = (new Unconditional(memory, Second), new Unconditional(memory, Third));
        var late = CommitAsync(b, first);
        await b.Seen.Task.WaitAsync(TimeSpan.FromSeconds(20));
        var second = await SomeEpochs.CommitAsync(await SomeEpochs.OpenAsync(memory), first, "orders", 10, 25, SomeRecords.Batch(10, 15, 2));
        var third = SomeEpochs.CommitAsync(await SomeEpochs.OpenAsync(a), second, "orders", 25, 40, SomeRecords.Batch(25, 15, 3));
        await a.Seen.Task.WaitAsync(TimeSpan.FromSeconds(20));
        b.Go.SetResult();
        await late;
        a.Go.SetResult();
        await third;

        static async Task<Epoch> CommitAsync(IObjectStore store, Epoch parent)
        {
            var backup = await SomeEpochs.WriteAsync(store, 200, "orders", 0, 10, 20, SomeRecords.Batch(10, 10, 4));
            return await (await SomeEpochs.OpenAsync(store)).CommitAsync(
                SomeEpochs.Core(parent, SomeEpochs.Topic("orders", [backup])),
                SomeEpochs.Added(("orders", [backup])),
                new RunInfo("backup-b", "run-b", SomeEpochs.Time, SomeEpochs.Time, SomeEpochs.Time, "host-b", "kafka-backup 0.1.0"));
        }
    }

    /// <summary>Looks whether a name is free, and writes later, whatever has come meanwhile; one name waits in between.</summary>
    private sealed class Unconditional(MemoryObjectStore inner, string held) : DelegatingStore(inner)
    {
        public TaskCompletionSource Seen { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override async Task<CreateOutcome> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
        {
            if (name != held)
                return await base.CreateAsync(name, content, cancellationToken);
            Assert.Null(await GetLengthAsync(name, cancellationToken));
            Seen.SetResult();
            await Go.Task.WaitAsync(TimeSpan.FromSeconds(20), cancellationToken);
            inner.Objects[name] = content.ToArray();
            return CreateOutcome.Created;
        }
    }
}
