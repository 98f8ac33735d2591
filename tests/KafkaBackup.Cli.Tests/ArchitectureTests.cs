using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using KafkaBackup.Testing;
using Xunit;

namespace KafkaBackup.Cli.Tests;

/// <summary>What holds the project together, and apart. The command line refers to everything, so everything lies beside this test.</summary>
public sealed class ArchitectureTests
{
    private const int MostLines = 300;

    /// <summary>The arrows between projects; there are no others.</summary>
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Protocol"] = [],
        ["Kafka"] = ["Protocol"],
        ["Repository"] = ["Protocol"],
        ["Storage.Azure"] = ["Repository"],
        ["Storage.S3"] = ["Repository"],
        ["Durable"] = [],
        ["Durable.AzureStorage"] = ["Durable"],
        ["Broker"] = ["Protocol"],
        ["Workflows"] = ["Durable", "Kafka", "Protocol", "Repository"],
        ["Host"] = ["Durable", "Durable.AzureStorage", "Kafka", "Repository", "Storage.Azure", "Storage.S3", "Workflows"],
        ["Cli"] = ["Broker", "Durable", "Host", "Kafka", "Protocol", "Repository", "Workflows"],
    };

    /// <summary>Who may name a package, and what it is known by in the code.</summary>
    private static readonly (string Name, string[] Projects)[] Reserved =
    [
        ("Confluent", ["Kafka"]),
        ("Orleans", ["Durable", "Durable.AzureStorage"]),
        ("Azure.Data.Tables", ["Durable.AzureStorage"]),
        ("Microsoft.Data.Sqlite", ["Durable"]),
        ("System.CommandLine", ["Cli"]),
        ("Spectre.Console", ["Cli"]),
        ("NCrontab", ["Host"]),
        ("ZstdSharp", ["Protocol"]),
        ("Snappier", ["Protocol"]),
        ("K4os", ["Protocol"]),
        ("Konscious", ["Repository"]),
        ("Polly", ["Durable", "Repository"]),
        ("Azure.Storage", ["Durable.AzureStorage", "Storage.Azure"]),
        ("Amazon", ["Storage.S3"]),
    ];

    [Fact]
    public void The_arrows_are_the_only_references()
    {
        Assert.Equal(Arrows.Keys.Order(), Projects().Select(p => p.Name).Order());
        foreach (var (name, path) in Projects())
        {
            var references = XDocument.Load(path).Descendants("ProjectReference").Select(r => Short((string)r.Attribute("Include")!)).Order();
            Assert.True(references.SequenceEqual(Arrows[name]), $"{name} -> {string.Join(", ", references)}");
        }

        var props = XDocument.Load(ProjectTree.PathOf("Directory.Build.props"));
        Assert.Equal("true", props.Descendants("DisableTransitiveProjectReferences").Single().Value);
    }

    [Fact]
    public void A_package_is_named_only_by_the_project_that_hides_it()
    {
        foreach (var (package, owners) in Reserved)
        {
            var naming = Projects()
                .Where(p => Directory.EnumerateFiles(Path.GetDirectoryName(p.Path)!, "*.cs*", SearchOption.AllDirectories)
                    .Any(file => File.ReadLines(file).Any(line => Regex.IsMatch(line, $@"\b{Regex.Escape(package)}\b") && !line.TrimStart().StartsWith("//", StringComparison.Ordinal))))
                .Select(p => p.Name).Order();
            Assert.True(naming.SequenceEqual(owners), $"{package} is named by {string.Join(", ", naming)}");
        }
    }

    [Fact]
    public void Every_public_type_says_what_it_is()
    {
        var silent = new List<string>();
        foreach (var (name, path) in Projects())
        {
            var assembly = Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory, $"{AssemblyName(path)}.dll"));
            var documented = XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml")).Descendants("member")
                .Where(m => m.Element("summary") is { } summary && summary.Value.Trim().Length > 0).Select(m => (string)m.Attribute("name")!).ToHashSet();
            var types = assembly.GetExportedTypes()
                .Where(t => t.Namespace?.StartsWith("KafkaBackup", StringComparison.Ordinal) == true && t.GetCustomAttribute<CompilerGeneratedAttribute>() is null)
                .Select(t => $"T:{t.FullName!.Replace('+', '.')}").ToList();
            Assert.True(types.Count > 0 || name == "Cli", $"{name} has no types");
            silent.AddRange(types.Where(t => !documented.Contains(t)));
        }

        Assert.Empty(silent);
    }

    [Fact]
    public void No_file_is_longer_than_it_should_be()
    {
        var tooLong = Sources().Where(file => File.ReadLines(file).Count() > MostLines).Select(Relative);
        Assert.Empty(tooLong);
    }

    [Fact]
    public void Nothing_speaks_of_the_machine_that_it_was_written_on()
    {
        string[] words = ["/wor" + "k/", "/roo" + "t/", "/hom" + "e/", "INTERFACES" + ".md", "TRAPS" + ".md", "FINDINGS" + ".md", "DESIGN" + ".md"];
        var found = Sources().Concat(Texts()).SelectMany(file => File.ReadLines(file).SelectMany(line => words.Where(w => line.Contains(w, StringComparison.Ordinal)).Select(w => $"{Relative(file)}: {w}")));
        Assert.Empty(found);
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = File.ReadAllText(ProjectTree.PathOf("KafkaBackup.sln"));
        string[] projects = [.. Directory.GetFiles(ProjectTree.PathOf("tests"), "*.csproj", SearchOption.AllDirectories), .. Projects().Select(p => p.Path)];
        Assert.All(projects, path => Assert.Contains($"\"{Path.GetFileNameWithoutExtension(path)}\"", solution, StringComparison.Ordinal));
    }

    private static IEnumerable<(string Name, string Path)> Projects() => ((string[])["src", "workflows"])
        .SelectMany(folder => Directory.GetFiles(ProjectTree.PathOf(folder), "*.csproj", SearchOption.AllDirectories))
        .Select(path => (Short(path), path));

    private static string Short(string project) => Path.GetFileNameWithoutExtension(project).Replace("KafkaBackup.", "", StringComparison.Ordinal);

    private static string AssemblyName(string project) =>
        XDocument.Load(project).Descendants("AssemblyName").SingleOrDefault()?.Value ?? Path.GetFileNameWithoutExtension(project);

    private static IEnumerable<string> Sources() => ((string[])["src", "workflows", "tests"])
        .SelectMany(folder => Directory.EnumerateFiles(ProjectTree.PathOf(folder), "*.cs", SearchOption.AllDirectories));

    private static IEnumerable<string> Texts() => Directory.EnumerateFiles(ProjectTree.Root, "*.*", new EnumerationOptions { RecurseSubdirectories = true })
        .Where(file => Path.GetExtension(file) is ".md" or ".csproj" or ".props" or ".targets" or ".sh" or ".yml")
        .Where(file => !Relative(file).StartsWith("artifacts/", StringComparison.Ordinal) && !file.Contains("/node_modules/", StringComparison.Ordinal));

    private static string Relative(string file) => Path.GetRelativePath(ProjectTree.Root, file);
}
