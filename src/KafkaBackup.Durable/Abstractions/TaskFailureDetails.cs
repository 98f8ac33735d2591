namespace KafkaBackup.Durable;

/// <summary>A failure as data: it goes through histories and between processes, where an exception cannot.</summary>
/// <param name="ErrorType">The full name of the exception's type.</param>
/// <param name="ErrorMessage">Its message. Exceptions of activities are written into the history, so their messages must hold no secret.</param>
/// <param name="StackTrace">Where it was thrown: methods and lines, never values.</param>
/// <param name="InnerFailure">Its cause.</param>
[GenerateSerializer, Immutable]
public sealed record TaskFailureDetails(string ErrorType, string ErrorMessage, string? StackTrace, TaskFailureDetails? InnerFailure)
{
    private const int MaximumDepth = 10;

    /// <summary>Describes an exception and its causes, ten deep at most.</summary>
    public static TaskFailureDetails FromException(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return FromException(exception, MaximumDepth);
    }

    /// <inheritdoc cref="IsCausedBy(Type)"/>
    public bool IsCausedBy<T>()
        where T : Exception => IsCausedBy(typeof(T));

    /// <summary>Whether the failure was an exception of this type or of one derived from it. False if its type is not loaded here.</summary>
    /// <exception cref="ArgumentException"><paramref name="targetBaseExceptionType"/> is not an exception type.</exception>
    public bool IsCausedBy(Type targetBaseExceptionType)
    {
        if (!typeof(Exception).IsAssignableFrom(targetBaseExceptionType))
            throw new ArgumentException($"{targetBaseExceptionType} is not an exception type.", nameof(targetBaseExceptionType));
        var thrown = Type.GetType(ErrorType)
            ?? targetBaseExceptionType.Assembly.GetType(ErrorType)
            ?? AppDomain.CurrentDomain.GetAssemblies().Select(assembly => assembly.GetType(ErrorType)).FirstOrDefault(type => type is not null);
        return targetBaseExceptionType.IsAssignableFrom(thrown);
    }

    public override string ToString() => $"{ErrorType}: {ErrorMessage}";

    private static TaskFailureDetails FromException(Exception exception, int depth)
    {
        var cause = exception switch
        {
            TaskFailedException failed => failed.FailureDetails,
            { InnerException: { } inner } when depth > 1 => FromException(inner, depth - 1),
            _ => null,
        };
        return new(exception.GetType().FullName!, exception.Message, exception.StackTrace, cause);
    }
}
