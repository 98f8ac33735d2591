using System.Security.Cryptography;
using KafkaBackup.Protocol.Compression;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Bench;

/// <summary>Records counted and their values hashed, in the order of each partition, so that both sides can be seen to have moved the same.</summary>
internal sealed record Contents(long Records, string Hash)
{
    public static Contents OfFile(string path)
    {
        var sums = new Sums();
        foreach (var (partition, value) in ValueFile.Read(path))
            sums.Add(partition, value);
        return sums.Total();
    }

    public static async Task<Contents> OfRepositoryAsync(string folder, string topic)
    {
        using var buffer = new PooledBuffer();
        var sums = new Sums();
        var repository = await BackupRepository.OpenAsync(new FileSystemObjectStore(folder));
        var epoch = (await repository.LatestAsync())!;
        await using var reader = new PartitionReader(repository.Store, topic, await repository.ReadSegmentsAsync(epoch, topic));
        while (await reader.ReadAsync())
        {
            foreach (var record in reader.Current.Batch.ReadRecords(buffer))
                sums.Add(reader.Current.Segment.Partition, record.Value!.Value.Span);
        }

        return sums.Total();
    }

    private sealed class Sums
    {
        private readonly SortedDictionary<int, IncrementalHash> _hashes = [];
        private long _count;

        public void Add(int partition, ReadOnlySpan<byte> value)
        {
            if (!_hashes.TryGetValue(partition, out var hash))
                _hashes[partition] = hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(value);
            _count++;
        }

        public Contents Total()
        {
            var all = _hashes.SelectMany(h => BitConverter.GetBytes(h.Key).Concat(h.Value.GetHashAndReset())).ToArray();
            return new Contents(_count, Convert.ToHexStringLower(SHA256.HashData(all)));
        }
    }
}
