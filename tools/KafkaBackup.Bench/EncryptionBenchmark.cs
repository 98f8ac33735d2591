using System.Diagnostics;
using System.Security.Cryptography;
using KafkaBackup.Repository.Encryption;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Testing;

namespace KafkaBackup.Bench;

/// <summary>An encrypted repository against a plain one, on the same disk: writing a large object, reading it whole, reading ranges of it.</summary>
internal static class EncryptionBenchmark
{
    private const int Rounds = 5;
    private const int PieceBytes = 1 << 20;
    private const int RangeBytes = 64 * 1024;
    private const int Ranges = 2000;

    public static async Task RunAsync(double share)
    {
        using var folder = new TestFolder();
        var bytes = Math.Max(PieceBytes, (long)((1L << 30) * share) / PieceBytes * PieceBytes);
        await File.WriteAllBytesAsync(folder["key"], RandomNumberGenerator.GetBytes(32));
        var plain = new FileSystemObjectStore(folder["plain"]);
        var encrypted = new ProtectedObjectStore(new FileSystemObjectStore(folder["encrypted"]), new KeyFile(folder["key"]), NameVisibility.Plain, TimeProvider.System);
        await BackupRepository.OpenOrCreateAsync(encrypted, TimeProvider.System, Guid.NewGuid());
        Console.WriteLine($"{Environment.ProcessorCount} cores, .NET {Environment.Version}; an object of {bytes >> 20} MiB in pieces of 1 MiB, one fsync; the best of {Rounds} rounds, alternating; read from the page cache");

        var (write, read, range) = (new Pair("write"), new Pair("read whole"), new Pair($"read {Ranges} ranges of 64 KiB"));
        for (var round = 0; round < Rounds; round++)
        {
            var name = $"lists/{round}";
            write.Add(await TimeAsync(() => WriteAsync(plain, name, bytes)), await TimeAsync(() => WriteAsync(encrypted, name, bytes)));
            read.Add(await TimeAsync(() => ReadAsync(plain, name)), await TimeAsync(() => ReadAsync(encrypted, name)));
            range.Add(await TimeAsync(() => ReadRangesAsync(plain, name, bytes)), await TimeAsync(() => ReadRangesAsync(encrypted, name, bytes)));
            await plain.DeleteAsync(name);
            await encrypted.DeleteAsync(name);
        }

        write.Print(bytes);
        read.Print(bytes);
        range.Print((long)Ranges * RangeBytes);
    }

    private static async Task WriteAsync(IObjectStore store, string name, long bytes)
    {
        var piece = new byte[PieceBytes];
        new Random(1).NextBytes(piece);
        await using var upload = await store.BeginUploadAsync(name);
        for (var written = 0L; written < bytes; written += piece.Length)
            await upload.WriteAsync(piece);
        await upload.CommitAsync();
    }

    private static async Task ReadAsync(IObjectStore store, string name)
    {
        var buffer = new byte[PieceBytes];
        await using var stream = await store.OpenReadAsync(name);
        while (await stream.ReadAsync(buffer) > 0)
        {
        }
    }

    private static async Task ReadRangesAsync(IObjectStore store, string name, long bytes)
    {
        var (buffer, random) = (new byte[RangeBytes], new Random(2));
        for (var i = 0; i < Ranges; i++)
        {
            await using var stream = await store.OpenReadAsync(name, random.NextInt64(bytes - RangeBytes), RangeBytes);
            await stream.ReadExactlyAsync(buffer);
        }
    }

    private static async Task<double> TimeAsync(Func<Task> work)
    {
        var clock = Stopwatch.StartNew();
        await work();
        return clock.Elapsed.TotalSeconds;
    }

    private sealed class Pair(string what)
    {
        private double plain = double.MaxValue;
        private double encrypted = double.MaxValue;

        public void Add(double plainSeconds, double encryptedSeconds) => (plain, encrypted) = (Math.Min(plain, plainSeconds), Math.Min(encrypted, encryptedSeconds));

        public void Print(long bytes)
        {
            var mebibytes = bytes / (double)(1 << 20);
            Console.WriteLine($"  {what,-28} plain {mebibytes / plain,7:N0} MiB/s   encrypted {mebibytes / encrypted,7:N0} MiB/s   ratio {plain / encrypted:0.00}");
        }
    }
}
