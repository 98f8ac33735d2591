using KafkaBackup.Repository.Storage;
using KafkaBackup.Workflows.Connections;

namespace KafkaBackup.Host.Repositories;

/// <summary>Where a repository lies: <c>file:PATH</c>, <c>azure:CONTAINER[/PREFIX]</c> or <c>s3:BUCKET[/PREFIX]</c>.</summary>
/// <param name="Kind">What stands before the place, with its colon.</param>
/// <param name="Place">The path, the container, or the bucket.</param>
/// <param name="Prefix">What the names of objects begin with, without a slash at its end; empty for nothing.</param>
internal sealed record RepositoryAddress(string Kind, string Place, string Prefix)
{
    public const string File = "file:";
    public const string Azure = "azure:";
    public const string S3 = "s3:";
    public const string Forms = "file:PATH, azure:CONTAINER[/PREFIX] or s3:BUCKET[/PREFIX]";

    /// <summary>Reads an address.</summary>
    /// <exception cref="ConnectionNotFoundException">It is none.</exception>
    public static RepositoryAddress Parse(string text) => Fault(text) is { } fault ? throw new ConnectionNotFoundException(fault) : Read(text);

    /// <summary>What is wrong with an address; null if nothing is.</summary>
    public static string? Fault(string text)
    {
        var address = Read(text);
        return address switch
        {
            { Kind: not (File or Azure or S3) } => $"the repository '{text}' is of a kind that is not supported; give {Forms}",
            { Kind: File, Place: "" } => "the repository 'file:' has no path: give file:PATH",
            { Kind: Azure, Place: "" } => $"the repository '{text}' has no container: give azure:CONTAINER[/PREFIX]",
            { Kind: S3, Place: "" } => $"the repository '{text}' has no bucket: give s3:BUCKET[/PREFIX]",
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
