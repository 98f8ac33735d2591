using KafkaBackup.Kafka.Producing;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Testing.Storage;
using KafkaBackup.Workflows.Restore;
using Xunit;

namespace KafkaBackup.Workflows.Tests.Restore;

/// <summary>What a restore relies on when it goes on after a crash.</summary>
public sealed class RestoreArtifactsTests
{
    private static readonly CancellationToken None = TestContext.Current.CancellationToken;
    private readonly MemoryObjectStore store = new();

    private RestoreArtifacts Artifacts => new(store, "r1");

    [Fact]
    public async Task A_map_is_read_as_it_was_written_and_refused_with_any_bit_flipped()
    {
        await Artifacts.WriteMapAsync(new StoredOffsetMap("orders", "copy", 2, 5, 9, [[10, 5, 3], [17, 8, 1]]), None);
        var map = await Artifacts.ReadMapAsync("copy", 2, None);
        Assert.Equal(("orders", "copy", 2, 5L, 9L), (map.Source, map.Target, map.Partition, map.TargetStart, map.TargetEnd));
        Assert.Equal([new OffsetRun(10, 5, 3), new OffsetRun(17, 8, 1)], map.Map);

        await AssertFlipsAreRefusedAsync(RestoreArtifacts.MapName("r1", "copy", 2), () => Artifacts.ReadMapAsync("copy", 2, None));
    }

    [Fact]
    public async Task The_identity_that_was_recorded_first_is_the_one_and_is_refused_with_any_bit_flipped()
    {
        Assert.Null(await Artifacts.FindIdentityAsync("copy", 0, 1, None));
        var first = new ProducerIdentity(7, 0, 100);
        Assert.Equal(first, await Artifacts.RecordIdentityAsync("copy", 0, 1, first, None));
        Assert.Equal(first, await Artifacts.RecordIdentityAsync("copy", 0, 1, new ProducerIdentity(8, 1, 100), None));
        Assert.Equal(first, await Artifacts.FindIdentityAsync("copy", 0, 1, None));
        Assert.Null(await Artifacts.FindIdentityAsync("copy", 0, 2, None));
        Assert.Null(await Artifacts.FindIdentityAsync("copy", 1, 1, None));

        await AssertFlipsAreRefusedAsync(Assert.Single(store.Objects.Keys), () => Artifacts.FindIdentityAsync("copy", 0, 1, None));
    }

    [Fact]
    public async Task A_map_that_is_gone_is_named()
    {
        var gone = await Assert.ThrowsAsync<ObjectNotFoundException>(() => Artifacts.ReadMapAsync("copy", 0, None));
        Assert.Contains("restores/r1/maps/copy-0.json", gone.Message, StringComparison.Ordinal);
    }

    private async Task AssertFlipsAreRefusedAsync(string name, Func<Task> read)
    {
        var whole = store.Objects[name];
        for (var bit = 0; bit < whole.Length * 8; bit++)
        {
            var damaged = whole.ToArray();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            store.Objects[name] = damaged;
            Assert.Contains(name, (await Assert.ThrowsAsync<DamagedObjectException>(read)).Message, StringComparison.Ordinal);
        }
    }
}
