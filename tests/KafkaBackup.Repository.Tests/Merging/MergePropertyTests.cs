using KafkaBackup.Repository.Encryption;
using KafkaBackup.Repository.Retention;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Tests.Encryption;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Storage;
using Xunit;

namespace KafkaBackup.Repository.Tests.Merging;

/// <summary>Whatever is merged and removed, in whatever order: every epoch that is kept is what it was.</summary>
public sealed class MergePropertyTests
{
    [Fact]
    public async Task Epochs_are_what_they_were_whatever_is_merged_removed_and_added()
    {
        var (merges, prunes, clipped) = (0, 0, 0);
        for (var i = 0; i < TestSize.Of(60, 1_500); i++)
        {
            var seed = unchecked(TestSize.Seed + i);
            var random = new Random(seed);
            IObjectStore store = random.Next(6) == 0 ? SomeKeys.Protect(new MemoryObjectStore(), SomeKeys.KeyFile(1), (NameVisibility)random.Next(2)) : new MemoryObjectStore();
            var history = new MergeHistory(store, random);
            await history.OpenAsync();
            await history.AddEpochAsync();
            var isWhole = store is MemoryObjectStore;
            for (var step = 0; step < 14; step++)
            {
                var what = $"seed {seed}, step {step}";
                switch (random.Next(6))
                {
                    case 0 or 1:
                        merges += await history.MergeAsync(topic: random.Next(4) == 0 ? name => name == "orders" : null) is null ? 0 : 1;
                        break;
                    case 2:
                        await history.PruneAsync(new RetentionPolicy { KeepLast = random.Next(1, 12) });
                        prunes++;
                        isWhole = false;
                        break;
                    default:
                        await history.AddEpochAsync();
                        break;
                }

                await history.CheckAsync(what);
                if (isWhole)
                    await history.CheckPlainlyAsync();
                foreach (var epoch in history.Epochs)
                {
                    var read = await history.Repository.ReadEpochAsync(epoch);
                    foreach (var topic in read.Core.Topics)
                        clipped += (await history.Repository.ReadSegmentsAsync(read, topic.Name)).Count(segment => segment.StoredTo > segment.To);
                }
            }
        }

        Figures.Print($"merges of random histories, seed {TestSize.Seed}: {merges} merges, {prunes} prunes, {clipped} clipped segments read");
        Assert.True(merges > 30 && prunes > 30 && clipped > 30);
    }
}
