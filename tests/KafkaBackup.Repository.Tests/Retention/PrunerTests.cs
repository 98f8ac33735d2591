using KafkaBackup.Repository.Encryption;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Exporting;
using KafkaBackup.Repository.Reading;
using KafkaBackup.Repository.Retention;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Tests.Encryption;
using KafkaBackup.Repository.Tests.Epochs;
using KafkaBackup.Repository.Tests.Reading;
using KafkaBackup.Repository.Verification;
using KafkaBackup.Testing.Storage;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KafkaBackup.Repository.Tests.Retention;

public sealed class PrunerTests
{
    private static readonly FakeTimeProvider Clock = new(SomeEpochs.Time.AddDays(2));
    private static readonly RetentionPolicy Last = new() { KeepLast = 1 };

    private readonly MemoryObjectStore memory = new();

    public static TheoryData<string> Kinds => ["plain", "packed", "encrypted", "encrypted and packed"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Kept_epochs_are_what_they_were_and_nothing_else_is_there(string kind)
    {
        var repository = await PruneRepositories.FillAsync(Store(kind), kind.EndsWith("packed", StringComparison.Ordinal));
        foreach (var policy in (RetentionPolicy[])[new() { KeepLast = 4 }, new() { KeepLast = 2 }, Last])
        {
            var kept = (await new Pruner(repository, Clock).PlanAsync(policy)).Keep.Select(k => k.Epoch).ToList();
            var before = await PruneRepositories.ContentsAsync(repository, kept);

            await PruneAsync(repository, policy);

            Assert.Equal(before, await PruneRepositories.ContentsAsync(repository, kept));
            var report = await new RepositoryVerifier(repository.Store).VerifyAsync(VerificationLevel.Full);
            Assert.Empty(report.Findings);
            Assert.Equal(PruneRepositories.Epochs, report.Epochs);
            Assert.Equal(await PruneRepositories.NeededAsync(repository), await PruneRepositories.DataAsync(repository.Store));
            Assert.Empty(await SomeKeys.ListAsync(repository.Store, "prunes/"));
        }

        Assert.Equal([PruneRepositories.Epochs], await PruneRepositories.SequencesAsync(repository));
    }

    [Fact]
    public async Task The_plan_tells_what_is_removed_and_changes_nothing()
    {
        var repository = await PruneRepositories.FillAsync(memory, packed: false);
        var before = memory.Objects.Keys.Order().ToList();

        var plan = await new Pruner(repository, Clock).PlanAsync(Last);

        Assert.Equal(before, memory.Objects.Keys.Order());
        Assert.Equal([PruneRepositories.Epochs], plan.Keep.Select(k => k.Epoch));
        Assert.Equal([1L, 2, 3, 4, 5], plan.Remove.Select(r => r.Epoch));
        Assert.Equal(["newest", "last"], plan.Keep[0].Reasons);
        var sizes = before.Where(n => n.EndsWith(".log")).Sum(n => memory.Objects[n].Length);
        await PruneAsync(repository, Last);
        var left = memory.Objects.Where(o => o.Key.EndsWith(".log")).Sum(o => o.Value.Length);
        Assert.Equal((left, sizes - left), (plan.BytesKept, plan.Bytes));
        Assert.Equal(before.Count(n => !memory.Objects.ContainsKey(n)), plan.Objects + plan.Remove.Count);
    }

    [Fact]
    public async Task Segments_below_the_log_start_of_all_that_is_kept_go_and_those_above_stay()
    {
        var repository = await PruneRepositories.FillAsync(memory, packed: false);

        await PruneAsync(repository, new RetentionPolicy { KeepLast = 2 });

        // Epoch 5 has its log start at 20, epoch 6 at 40: what epoch 5 needs stays.
        Assert.Equal([20L, 30, 40], LogsOf("orders-0"));
        await PruneAsync(repository, Last);
        Assert.Equal([40L], LogsOf("orders-0"));
        using var folder = new TemporaryFolder();
        await new FolderExport(repository, (await repository.LatestAsync())!).RunAsync(["orders"], Path.Combine(folder.Path, "out"));
        Assert.Equal(["00000000000000000040.log"], Directory.GetFiles(Path.Combine(folder.Path, "out", "orders-0"), "*.log").Select(Path.GetFileName));

        IEnumerable<long> LogsOf(string partition) => memory.Objects.Keys.Where(n => n.Contains($"/{partition}/") && n.EndsWith(".log")).Select(n => long.Parse(n[^24..^4])).Order();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Killed_at_any_change_the_repository_is_whole_and_the_next_prune_ends_it(bool packed)
    {
        await PruneRepositories.FillAsync(memory, packed);
        var expected = await ResultAsync(memory.Objects.ToDictionary());
        for (var change = 1; ; change++)
        {
            var store = new MemoryObjectStore();
            foreach (var (name, bytes) in memory.Objects)
                store.Objects[name] = bytes;
            var left = change;
            store.BeforeChange = _ =>
            {
                if (Interlocked.Decrement(ref left) < 0)
                    throw new IOException("killed");
            };
            var killed = false;
            try
            {
                await PruneAsync(await SomeEpochs.OpenAsync(store), Last);
            }
            catch (Exception e) when (e is IOException or AggregateException)
            {
                killed = true;
            }

            store.BeforeChange = null;
            Assert.Empty((await new RepositoryVerifier(store).VerifyAsync(VerificationLevel.Full)).Findings);
            var repository = await SomeEpochs.OpenAsync(store);
            await PruneRepositories.ContentsAsync(repository, [PruneRepositories.Epochs]);
            await PruneAsync(repository, Last);
            Assert.Equal(expected, store.Objects.Keys.Order(StringComparer.Ordinal));
            if (!killed)
            {
                Assert.True(change > 15, $"{change} changes");
                break;
            }
        }

        static async Task<List<string>> ResultAsync(Dictionary<string, byte[]> objects)
        {
            var store = new MemoryObjectStore();
            foreach (var (name, bytes) in objects)
                store.Objects[name] = bytes;
            await PruneAsync(await SomeEpochs.OpenAsync(store), Last);
            return [.. store.Objects.Keys.Order(StringComparer.Ordinal)];
        }
    }

    [Fact]
    public async Task A_backup_goes_on_after_a_prune_and_while_one_is_at_work()
    {
        var repository = await PruneRepositories.FillAsync(memory, packed: false);
        var newest = await repository.ReadEpochAsync(PruneRepositories.Epochs);
        var backup = await SomeEpochs.WriteAsync(memory, 7, "orders", 0, 50, 60, SomeRecords.Batch(50, 10, 5));
        var pruner = new Pruner(repository, Clock);
        var begun = (await pruner.BeginAsync(await pruner.PlanAsync(Last)))!;
        await pruner.RemoveEpochsAsync(begun);

        // Between two steps of the prune. It holds another topic's lineage only from epoch 2, which is gone.
        var users = await SomeEpochs.WriteAsync(memory, 7, "users", 0, 30, 40, SomeRecords.Batch(30, 10, 5));
        var seventh = await repository.CommitAsync(
            SomeEpochs.Core(newest, SomeEpochs.Topic("orders", []) with { Partitions = [SomeEpochs.Of(backup, 40)] }, SomeEpochs.Topic("users", [users])),
            SomeEpochs.Added(("orders", [backup]), ("users", [users])), SomeEpochs.Run(7));
        await pruner.DeleteObjectsAsync(begun);

        Assert.Empty((await new RepositoryVerifier(memory).VerifyAsync(VerificationLevel.Full)).Findings);
        Assert.Equal(40, (await PruneRepositories.ContentsAsync(repository, [7])).Count(r => r.StartsWith("7 users", StringComparison.Ordinal)));
        Assert.Equal(30, (await repository.ReadCoreAsync(2)).Topics.Single().Partitions[0].To);
        Assert.NotNull(seventh);
    }

    [Fact]
    public async Task What_an_epoch_leads_to_by_now_is_left_whatever_was_planned()
    {
        var repository = await PruneRepositories.FillAsync(memory, packed: false);
        var pruner = new Pruner(repository, Clock);
        var begun = (await pruner.BeginAsync(await pruner.PlanAsync(Last)))!;

        // Its epochs are all still there.
        Assert.Equal(0, await pruner.DeleteObjectsAsync(begun));

        Assert.Empty((await new RepositoryVerifier(memory).VerifyAsync(VerificationLevel.Full)).Findings);
        Assert.Equal(PruneRepositories.Epochs, (await PruneRepositories.SequencesAsync(repository)).Count);
    }

    [Fact]
    public async Task A_size_removes_the_oldest_until_it_is_kept_and_never_the_newest()
    {
        var repository = await PruneRepositories.FillAsync(memory, packed: false);
        var pruner = new Pruner(repository, Clock);
        var all = (await pruner.PlanAsync(new RetentionPolicy { KeepLast = 6 })).BytesKept;
        var seen = new HashSet<int>();
        for (var most = all; most > 0; most -= 97)
        {
            var plan = await pruner.PlanAsync(new RetentionPolicy { MaxBytes = most });
            Assert.True(plan.BytesKept <= most || plan.Keep.Count == 1);
            Assert.Equal(Enumerable.Range(7 - plan.Keep.Count, plan.Keep.Count).Select(e => (long)e), plan.Keep.Select(k => k.Epoch));
            // One epoch less would not have been enough.
            if (plan.Remove.Count > 0)
                Assert.True((await pruner.PlanAsync(new RetentionPolicy { KeepLast = plan.Keep.Count + 1 })).BytesKept > most);
            seen.Add(plan.Keep.Count);
        }

        Assert.True(seen.Count > 2, string.Join(", ", seen));
    }

    [Fact]
    public async Task Epochs_are_gone_through_in_their_order_without_those_that_are_removed_meanwhile()
    {
        var repository = await PruneRepositories.FillAsync(memory, packed: false);

        var seen = await repository.ReadEpochsAsync(epoch =>
        {
            // Listed already, and not read yet.
            memory.Objects.Remove("epochs/00000000000000000006.json");
            return epoch.Sequence;
        });

        Assert.Equal([1L, 2, 3, 4, 5], seen);
    }

    [Fact]
    public async Task A_policy_without_a_rule_removes_nothing()
    {
        var repository = await PruneRepositories.FillAsync(memory, packed: false);
        await Assert.ThrowsAsync<ArgumentException>(() => new Pruner(repository, Clock).PlanAsync(new RetentionPolicy()));
    }

    [Fact]
    public async Task A_damaged_manifest_stops_a_prune_before_anything_is_removed()
    {
        var repository = await PruneRepositories.FillAsync(memory, packed: false);
        memory.Objects["epochs/00000000000000000003.json"][80] ^= 1;
        var before = memory.Objects.Keys.Order().ToList();

        Assert.Equal("epochs/00000000000000000003.json", (await Assert.ThrowsAsync<DamagedObjectException>(() => PruneAsync(repository, Last))).Name);
        Assert.Equal(before, memory.Objects.Keys.Order());
    }

    [Fact]
    public async Task Damage_in_a_stub_and_a_stub_of_another_epoch_are_found()
    {
        var repository = await PruneRepositories.FillAsync(memory, packed: false);
        await PruneAsync(repository, Last);
        var stub = "stubs/00000000000000000002.json";
        var bytes = memory.Objects[stub];

        memory.Objects[stub] = [.. bytes[..70], (byte)(bytes[70] ^ 1), .. bytes[71..]];
        Assert.Contains((await new RepositoryVerifier(memory).VerifyAsync(VerificationLevel.Quick)).Findings, f => f.Object == stub);
        memory.Objects[stub] = memory.Objects["stubs/00000000000000000003.json"];
        Assert.Contains((await new RepositoryVerifier(memory).VerifyAsync(VerificationLevel.Quick)).Findings, f => f.Object == stub);
        memory.Objects.Remove(stub);
        Assert.Contains((await new RepositoryVerifier(memory).VerifyAsync(VerificationLevel.Quick)).Findings, f => f is { Object: "epochs/00000000000000000002.json", Problem: "it is missing" });
    }

    [Fact]
    public async Task Progress_counts_every_object_that_goes()
    {
        var repository = await PruneRepositories.FillAsync(memory, packed: false);
        var pruner = new Pruner(repository, Clock);
        var begun = (await pruner.BeginAsync(Last)).Begun!;
        await pruner.RemoveEpochsAsync(begun);
        var told = new Told();
        var before = memory.Objects.Count;

        var gone = await pruner.DeleteObjectsAsync(begun, told);

        Assert.Equal(Enumerable.Range(1, gone).Select(done => (done, gone)), told.Order());
        Assert.Equal(before - memory.Objects.Count - 1, gone);
    }

    internal static async Task PruneAsync(BackupRepository repository, RetentionPolicy policy)
    {
        var pruner = new Pruner(repository, Clock);
        await pruner.FinishAsync();
        if ((await pruner.BeginAsync(policy)).Begun is not { } begun)
            return;
        await pruner.RemoveEpochsAsync(begun);
        await pruner.DeleteObjectsAsync(begun);
    }

    private IObjectStore Store(string kind) => kind.StartsWith("encrypted", StringComparison.Ordinal) ? SomeKeys.Protect(memory, SomeKeys.KeyFile(1), NameVisibility.Hidden) : memory;

    private sealed class Told : System.Collections.Concurrent.ConcurrentBag<(int Done, int Of)>, IProgress<(int Done, int Of)>
    {
        public void Report((int Done, int Of) value) => Add(value);
    }
}
