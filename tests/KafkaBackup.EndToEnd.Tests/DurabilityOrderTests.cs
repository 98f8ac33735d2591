using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Testing;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>
/// A killed process loses nothing that it handed to the kernel, so a kill can't show whether bytes would outlive a loss of power: only the order of
/// the calls to the kernel can.
/// </summary>
public sealed class DurabilityOrderTests
{
    [Fact]
    public async Task Bytes_are_on_the_disk_before_they_have_a_name_and_names_are_before_a_manifest_speaks_of_them()
    {
        Assert.SkipUnless(SystemCallTrace.IsHere, "strace is not installed");
        await using var clusters = TwoClusters.Start();
        await Topics.CreateAsync(clusters.Source.Address, "durable", 3);
        Topics.Produce(clusters.Source.Address, "durable", 3, 0, 300);

        var (backup, calls) = await SystemCallTrace.RunAsync(
            clusters.Folder, "backup", "--bootstrap-server", clusters.Source.Address, "--repository", $"file:{clusters.Repository}");

        Assert.True(backup.Exit == 0, backup.Errors);
        var named = calls.Where(c => c.Name is "link" or "linkat" or "rename" or "renameat" or "renameat2" && IsInside(c.Paths[^1])).ToList();
        var flushes = calls.Where(c => c.Name is "fsync" or "fdatasync").ToList();
        foreach (var naming in named)
        {
            var (unfinished, path) = (naming.Paths[0], naming.Paths[^1]);
            // An empty file, as a small segment's index, is never written to.
            var written = calls.LastOrDefault(c => c.Name is "write" or "pwrite64" or "pwritev" && c.Paths.Contains(unfinished))?.Ended ?? -1;
            Assert.True(written < naming.Began, $"{path} was named before it was written");
            Assert.True(flushes.Any(f => f.Paths.Contains(unfinished) && f.Began > written && f.Ended < naming.Began), $"{path} was named before its bytes were flushed");
        }

        // The manifest is the last of the names it speaks of, and each of them is durable in its folder, and that folder in its own, before it.
        var manifest = Assert.Single(named, n => n.Paths[^1].Contains("/epochs/", StringComparison.Ordinal));
        var before = named.Where(n => n != manifest).ToList();
        Assert.All(before, n => Assert.True(n.Ended < manifest.Began, $"{n.Paths[^1]} was named after the manifest"));
        Assert.Contains(before, n => n.Paths[^1].EndsWith("repository.json", StringComparison.Ordinal));
        Assert.Contains(before, n => n.Paths[^1].Contains("/lists/", StringComparison.Ordinal));
        foreach (var naming in before)
        {
            var made = naming.Ended;
            for (var folder = Path.GetDirectoryName(naming.Paths[^1])!; folder.Length >= clusters.Repository.Length; folder = Path.GetDirectoryName(folder)!)
            {
                var isOwn = folder == Path.GetDirectoryName(naming.Paths[^1]);
                Assert.True(
                    flushes.Any(f => f.Paths.Contains(folder) && (!isOwn || f.Began > made) && f.Ended < manifest.Began),
                    $"{naming.Paths[^1]}: its folder {folder} was not flushed before the manifest was named");
            }
        }

        // Whoever is told of the epoch can rely on it: the manifest's own folder is flushed before a word of it is said.
        var folderFlush = flushes.FirstOrDefault(f => f.Began > manifest.Ended && f.Paths.Contains(Path.GetDirectoryName(manifest.Paths[^1])));
        Assert.True(folderFlush is not null, "the manifest's folder was not flushed");
        Assert.Contains(calls, c => c.Name is "pwrite64" && c.Paths.Contains(manifest.Paths[0]));
        Figures.Print($"durability: {named.Count} names, {flushes.Count} flushes, each in order");

        // The writer's lease is returned after the manifest; nothing speaks of it.
        bool IsInside(string path) => path.StartsWith(clusters.Repository + "/", StringComparison.Ordinal) && !path.Contains("/locks/", StringComparison.Ordinal);
    }
}
