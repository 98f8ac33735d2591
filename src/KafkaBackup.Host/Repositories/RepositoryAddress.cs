using KafkaBackup.Repository.Storage;
using KafkaBackup.Workflows.Connections;

namespace KafkaBackup.Host.Repositories;

/// <summary>Where a repository lies: <c>file:PATH</c> or <c>azure:CONTAINER[/PREFIX]</c>.</summary>
/// <param name="Kind">What stands before the place, with its colon.</param>
/// <param name="Place">The path, or the container.</param>
/// <param name="Prefix">What the names of objects begin with, without a slash at its end; empty for nothing.</param>
internal sealed record RepositoryAddress(string Kind, string Place, string Prefix)
{
    public const string File = "file:";
    public const string Azure = "azure:";
    public const string Forms = "file:PATH or azure:CONTAINER[/PREFIX]";

    /// <summary>Reads an address.</summary>
    /// <exception cref="ConnectionNotFoundException">It is none.</exception>
    public static RepositoryAddress Parse(string text) => Fault(text) is { } fault ? throw new ConnectionNotFoundException(fault) : Read(text);

    /// <summary>What is wrong with an address; null if nothing is.</summary>
    public static string? Fault(string text)
    {
        var address = Read(text);
        return address switch
        {
            { Kind: not (File or Azure) } => $"the repository '{text}' is of a kind that is not supported; give {Forms}",
            { Kind: File, Place: "" } => "the repository 'file:' has no path: give file:PATH",
            { Kind: Azure, Place: "" } => $"the repository '{text}' has no container: give azure:CONTAINER[/PREFIX]",
            { Prefix: { Length: > 0 } prefix } when !IsName(prefix) => $"the repository '{text}' has a prefix that objects can't be named by: give folders of A-Z a-z 0-9 . _ - with single slashes between them",
            _ => null,
        };
    }

    private static RepositoryAddress Read(string text)
    {
        var colon = text.IndexOf(':') + 1;
        var (kind, place) = (text[..colon], text[colon..]);
        var slash = kind == File ? -1 : place.IndexOf('/');
        return slash < 0 ? new RepositoryAddress(kind, place, "") : new RepositoryAddress(kind, place[..slash], place[(slash + 1)..].TrimEnd('/'));
    }

    private static bool IsName(string prefix)
    {
        try
        {
            ObjectName.Check(prefix);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
