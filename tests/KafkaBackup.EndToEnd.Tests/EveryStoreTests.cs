using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>The command line, from init to restore, says of a repository on an object store what it says of one in a folder.</summary>
public sealed class EveryStoreTests(FilledPlaces filled) : IClassFixture<FilledPlaces>
{
    [Theory]
    [MemberData(nameof(FilledPlaces.Stores), MemberType = typeof(FilledPlaces))]
    public async Task What_lies_in_an_object_store_is_what_lies_in_a_folder(string store)
    {
        Assert.SkipUnless(Kcat.IsHere, "kcat is not installed");
        var actual = await filled.ToldAsync(store);
        var expected = await filled.ToldAsync(FilledPlaces.Folder);

        Assert.Equal(expected.Keys.Order(), actual.Keys.Order());
        foreach (var (what, text) in expected)
        {
            Assert.True(text == actual[what], $"{what}: expected\n{text}\nof the folder, and\n{actual[what]}\nof {store}");
            Assert.True(what == "exported" || text.StartsWith("exit 0 \n", StringComparison.Ordinal), $"{what}: {text}");
        }

        foreach (var topic in (string[])["orders", "users"])
        {
            var partitions = topic == "orders" ? 3 : 1;
            var source = await Kcat.DumpAsync(filled.Clusters.Source.Address, topic, partitions, withOffsets: true);
            Assert.NotEmpty(source);
            Assert.Equal(Kcat.Hash(source), Kcat.Hash(await Kcat.DumpAsync(filled.Clusters.Target.Address, FilledPlaces.At(store, topic), partitions, withOffsets: true)));
        }

        Figures.Print($"{store}: {expected.Count} outcomes as in a folder, {actual["cat"].Split('\n').Length - 1} records, {actual["exported"].Split('\n').Length} exported files");
    }

    [Fact]
    public async Task The_folder_is_told_as_it_is()
    {
        var told = await filled.ToldAsync(FilledPlaces.Folder);

        Assert.Contains("\"isSound\":true", told["verify"]);
        Assert.Contains("\"epochs\":2", told["verify after prune"]);
        Assert.Contains("\"records\":950", told["first backup"]);
        Assert.Contains("\"records\":600", told["second backup"]);
        Assert.Contains("\"records\":1550", told["restore"]);
        Assert.Contains("\"removed\":[{\"epoch\":1}]", told["prune"]);
        Assert.Equal(1501, told["cat"].Split('\n').Length);
    }
}
