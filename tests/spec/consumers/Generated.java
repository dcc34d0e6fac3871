package javax.annotation;

/** What generated code is marked with. Java had it until 8, and a dependency for one mark is not worth it. */
public @interface Generated {
    String[] value();

    String date() default "";

    String comments() default "";
}
