using System.Security.Cryptography;
using KafkaBackup.Protocol.Compression;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Bench;

/// <summary>Counts records and hashes their values, so that both sides can be seen to have written the same.</summary>
internal static class Contents
{
    public static (long Records, string Hash) OfFile(string path)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var file = new BinaryReader(new BufferedStream(File.OpenRead(path), 1 << 20));
        var count = 0L;
        for (var length = file.BaseStream.Length; file.BaseStream.Position < length; count++)
            hash.AppendData(file.ReadBytes(file.ReadInt32()));
        return (count, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    public static async Task<(long Records, string Hash)> OfRepositoryAsync(string folder, string topic)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var buffer = new PooledBuffer();
        var repository = await BackupRepository.OpenAsync(new FileSystemObjectStore(folder));
        var epoch = (await repository.LatestAsync())!;
        await using var reader = new PartitionReader(repository.Store, topic, await repository.ReadSegmentsAsync(epoch, topic));
        var count = 0L;
        while (await reader.ReadAsync())
        {
            foreach (var record in reader.Current.Batch.ReadRecords(buffer))
            {
                hash.AppendData(record.Value!.Value.Span);
                count++;
            }
        }

        return (count, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }
}
