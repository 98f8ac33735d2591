namespace KafkaBackup.Testing.Faults;

/// <summary>What a proxy does to one request.</summary>
public abstract record Fault
{
    private Fault()
    {
    }

    /// <summary>Nothing.</summary>
    public static Fault None { get; } = new Pass();

    /// <summary>Passes it on, and its answer back.</summary>
    public sealed record Pass : Fault;

    /// <summary>Answers itself, and passes nothing on.</summary>
    /// <param name="Status">Such as 503.</param>
    /// <param name="Headers">Lines without ends, such as "Retry-After: 1".</param>
    public sealed record Answer(int Status, params string[] Headers) : Fault;

    /// <summary>Passes it on, and closes the connection when the answer is there: the request was carried out, and nobody is told.</summary>
    public sealed record LoseAnswer : Fault;

    /// <summary>Passes nothing on and never answers, until the client gives up.</summary>
    public sealed record Silence : Fault;

    /// <summary>Passes on so many bytes of the request's body, and closes both connections.</summary>
    public sealed record CutRequest(long Bytes) : Fault;

    /// <summary>Passes back so many bytes of the answer's body, and closes both connections.</summary>
    public sealed record CutAnswer(long Bytes) : Fault;
}

/// <summary>A request as a proxy sees it.</summary>
/// <param name="Number">Counted from 1 over the proxy's life.</param>
/// <param name="Method">Such as PUT.</param>
/// <param name="Target">Path and query.</param>
/// <param name="BodyBytes">Bytes of its body.</param>
public sealed record ProxiedRequest(int Number, string Method, string Target, long BodyBytes);
