using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Tests.Epochs;

namespace KafkaBackup.Repository.Tests.Verification;

/// <summary>A small repository with an example of everything that there is.</summary>
internal static class SomeRepository
{
    /// <summary>Five epochs; orders-0 in several segments, with aborted transactions; users only in the second; nothing new in the fourth.</summary>
    /// <param name="store">Where to.</param>
    /// <param name="packed">Whether the segments from the third epoch on lie in packs.</param>
    public static async Task FillAsync(IObjectStore store, bool packed = false)
    {
        var repository = await SomeEpochs.OpenAsync(store);
        static byte[] Aborted(long offset) => Some.Batch(offset, 9, 300, producerId: 5, attributes: BatchAttributes.Transactional, maxTimestamp: 2000 + offset);
        static byte[] Plain(long offset) => Some.Batch(offset, 9, 250, maxTimestamp: 3000 - offset);
        var policy = new SegmentPolicy(700, 200);
        async Task<PartitionBackup[]> WriteAsync(long sequence, params PartitionToWrite[] partitions)
        {
            if (packed)
                return await SomeEpochs.PackAsync(store, sequence, policy, partitions);
            var written = new List<PartitionBackup>();
            foreach (var p in partitions)
                written.Add(await SomeEpochs.WriteAsync(store, sequence, p.Topic, p.Partition, p.From, p.To, p.Batches, [.. p.Aborted ?? []], policy));
            return [.. written];
        }


        var orders = await SomeEpochs.WriteAsync(store, 1, "orders", 0, 2, 30, [.. Plain(0), .. Aborted(10), .. Plain(20)], [new(5, 10, 22)], policy);
        var other = await SomeEpochs.WriteAsync(store, 1, "orders", 1, 7, 9, [.. Some.Batch(7, count: 0)], policy: policy);
        var first = await repository.CommitAsync(
            SomeEpochs.Core(null, SomeEpochs.Topic("orders", [orders, other], "life-1", new PartitionGap(1, 0, 7, "retention"))),
            SomeEpochs.Added(("orders", [orders, other])),
            SomeEpochs.Run(1));

        var users = await SomeEpochs.WriteAsync(store, 2, "users", 0, 0, 30, [.. Plain(0), .. Plain(10), .. Plain(20)], policy: policy);
        var second = await repository.CommitAsync(
            SomeEpochs.Core(first, SomeEpochs.Topic("users", [users])), SomeEpochs.Added(("users", [users])), SomeEpochs.Run(2));

        var written = await WriteAsync(3, new PartitionToWrite("orders", 0, 30, 60, [.. Aborted(40), .. Plain(50)], [new(5, 40, 49)]), new PartitionToWrite("orders", 1, 9, 9, []));
        var third = await repository.CommitAsync(SomeEpochs.Core(second, SomeEpochs.Topic("orders", written)), SomeEpochs.Added(("orders", written)), SomeEpochs.Run(3));

        var fourth = await repository.CommitAsync(
            SomeEpochs.Core(third, SomeEpochs.Topic("orders", [await SomeEpochs.WriteAsync(store, 4, "orders", 0, 60, 60, []), await SomeEpochs.WriteAsync(store, 4, "orders", 1, 9, 9, [])])),
            SomeEpochs.Added(),
            SomeEpochs.Run(4));

        written = await WriteAsync(5, new PartitionToWrite("orders", 0, 60, 90, [.. Plain(60), .. Plain(70), .. Plain(80)]), new PartitionToWrite("orders", 1, 9, 19, Plain(9)));
        await repository.CommitAsync(SomeEpochs.Core(fourth, SomeEpochs.Topic("orders", written)), SomeEpochs.Added(("orders", written)), SomeEpochs.Run(5));
    }
    /// <summary>One more epoch of orders.</summary>
    /// <param name="store">Where the repository lies.</param>
    /// <param name="packed">Whether its segments lie in packs.</param>
    public static async Task AddAsync(IObjectStore store, bool packed = false)
    {
        var repository = await SomeEpochs.OpenAsync(store);
        var parent = (await repository.LatestAsync())!;
        PartitionToWrite[] partitions = [new("orders", 0, 90, 100, Some.Batch(90, 9, 250)), new("orders", 1, 19, 29, Some.Batch(19, 9, 250))];
        var policy = new SegmentPolicy(700, 200) { PackedSegmentBytes = packed ? 700 : 0 };
        var written = await SomeEpochs.PackAsync(store, parent.Sequence + 1, policy, partitions);
        await repository.CommitAsync(SomeEpochs.Core(parent, SomeEpochs.Topic("orders", written)), SomeEpochs.Added(("orders", written)), SomeEpochs.Run(parent.Sequence + 1));
    }
}
